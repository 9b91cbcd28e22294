#include "storage/tables/user_sessions.hpp"

#include "storage/engine/transaction.hpp"

namespace gateway::storage {

std::vector<std::string> session_ids(Snapshot& snapshot, const std::int64_t user) {
    Query row = snapshot.query("SELECT id FROM user_sessions WHERE user = ? ORDER BY id", user);
    std::vector<std::string> ids;
    while (row.step())
        ids.emplace_back(row.text(0));
    return ids;
}

void delete_sessions(Transaction& transaction, const std::int64_t user) {
    transaction.execute("DELETE FROM user_sessions WHERE user = ?", user);
}

}  // namespace gateway::storage
