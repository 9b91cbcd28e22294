#include "storage/tables/probe.hpp"

#include "storage/engine/transaction.hpp"

namespace gateway::storage {

bool probe_read(Snapshot& snapshot) {
    return snapshot.query("SELECT 1 FROM apps").step();
}

bool probe_write(Transaction& transaction) {
    // Not an UPDATE to the same values: SQLite finds nothing to write then.
    const int added = transaction.execute(
        "INSERT INTO schema_migrations (number, name, sha256, applied_at)"
        " SELECT 0, name, sha256, applied_at FROM schema_migrations WHERE number = 1");
    const int removed = transaction.execute("DELETE FROM schema_migrations WHERE number = 0");
    return added == 1 && removed == 1;
}

}  // namespace gateway::storage
