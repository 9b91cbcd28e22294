#include "storage/tables/pages.hpp"

#include "storage/engine/transaction.hpp"

namespace gateway::storage {

namespace {

std::int64_t number(Snapshot& snapshot, const Sql pragma) {
    Query row = snapshot.query(pragma);
    row.step();
    return row.integer(0);
}

}  // namespace

FilePages file_pages(Snapshot& snapshot) {
    constexpr std::int64_t incremental = 2;
    return {.size = number(snapshot, "PRAGMA page_size"),
            .count = number(snapshot, "PRAGMA page_count"),
            .free = number(snapshot, "PRAGMA freelist_count"),
            .can_give_back = number(snapshot, "PRAGMA auto_vacuum") == incremental};
}

bool give_pages_back(Transaction& transaction) {
    Query step = transaction.query("PRAGMA incremental_vacuum(64)");
    while (step.step()) {
        // A page each.
    }
    return true;
}

}  // namespace gateway::storage
