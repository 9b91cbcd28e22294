#include "storage/tables/scopes.hpp"

#include "storage/engine/transaction.hpp"
#include "storage/tables/removal.hpp"

namespace gateway::storage {

namespace {

std::optional<std::int64_t> any_removed_scope(Snapshot& snapshot) {
    Query row = snapshot.query("SELECT number FROM app_scopes WHERE removed_at IS NOT NULL LIMIT 1");
    if (!row.step()) return std::nullopt;
    return row.integer(0);
}

}  // namespace

std::vector<std::string> list_scopes(Snapshot& snapshot, const std::string& app_id) {
    Query row = snapshot.query(
        "SELECT scope FROM app_scopes WHERE app_id = ? AND removed_at IS NULL ORDER BY number", app_id);
    std::vector<std::string> scopes;
    while (row.step())
        scopes.emplace_back(row.text(0));
    return scopes;
}

std::optional<std::int64_t> find_scope(Snapshot& snapshot, const std::string& app_id,
                                       const std::string& scope) {
    Query row = snapshot.query(
        "SELECT number FROM app_scopes WHERE app_id = ? AND scope = ? AND removed_at IS NULL", app_id, scope);
    if (!row.step()) return std::nullopt;
    return row.integer(0);
}

void insert_scope(Transaction& transaction, const std::string& app_id, const std::string& scope) {
    transaction.execute("INSERT INTO app_scopes (app_id, scope) VALUES (?, ?)", app_id, scope);
}

void remove_scope(Transaction& transaction, const std::int64_t scope) {
    transaction.execute("UPDATE app_scopes SET removed_at = ? WHERE number = ?", transaction.now(), scope);
}

bool has_removed_scopes(Snapshot& snapshot) {
    return any_removed_scope(snapshot).has_value();
}

bool remove_scope_rows(Transaction& transaction) {
    for (int left = rows_of_a_job; left > 0;) {
        const auto scope = any_removed_scope(transaction);
        if (!scope) return true;
        left -= transaction.execute(
            "DELETE FROM user_scopes WHERE scope = ?"
            " AND user IN (SELECT user FROM user_scopes WHERE scope = ? LIMIT ?)",
            *scope, *scope, left);
        if (left > 0) left -= transaction.execute("DELETE FROM app_scopes WHERE number = ?", *scope);
    }
    return false;
}

bool has_scope(Snapshot& snapshot, const std::int64_t user, const std::int64_t scope) {
    return snapshot.query("SELECT 1 FROM user_scopes WHERE user = ? AND scope = ?", user, scope).step();
}

void insert_user_scope(Transaction& transaction, const std::int64_t user, const std::int64_t scope) {
    transaction.execute("INSERT INTO user_scopes (user, scope) VALUES (?, ?)", user, scope);
}

void delete_user_scope(Transaction& transaction, const std::int64_t user, const std::int64_t scope) {
    transaction.execute("DELETE FROM user_scopes WHERE user = ? AND scope = ?", user, scope);
}

}  // namespace gateway::storage
