#include "storage/engine/transaction.hpp"

namespace gateway::storage {

void Transaction::before_change() {
    if (changed_) return;
    session().query("SAVEPOINT job").step();
    changed_ = true;
}

void Transaction::keep() {
    if (changed_) session().query("RELEASE job").step();
}

void Transaction::undo() {
    if (!changed_) return;
    session().query("ROLLBACK TO job").step();
    session().query("RELEASE job").step();
    // It may hold what this job saw of its own changes.
    if (auto* const remembered = memory()) remembered->clear();
}

}  // namespace gateway::storage
