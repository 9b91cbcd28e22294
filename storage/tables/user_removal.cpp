#include "storage/tables/user_removal.hpp"

#include "storage/engine/transaction.hpp"
#include "storage/tables/removal.hpp"
#include "storage/tables/users.hpp"

#include <cstdint>
#include <vector>

namespace gateway::storage {

namespace {

struct Sized {
    std::int64_t user;
    int rows;
};

std::vector<Sized> users_of(Transaction& transaction, const std::string& app_id, int most) {
    Query row = transaction.query(
        "SELECT number, length(profile), (SELECT count(*) FROM user_identifiers WHERE user = users.number)"
        " + (SELECT count(*) FROM user_sessions WHERE user = users.number)"
        " + (SELECT count(*) FROM user_scopes WHERE user = users.number)"
        " FROM users WHERE app_id = ?",
        app_id);
    std::vector<Sized> users;
    while (most > 0 && row.step()) {
        users.push_back({row.integer(0), rows_in(row.integer(1)) + static_cast<int>(row.integer(2))});
        most -= users.back().rows;
    }
    return users;
}

}  // namespace

bool remove_users(Transaction& transaction, const std::string& app_id, const int most) {
    int left = most;
    for (const auto& [user, rows] : users_of(transaction, app_id, most)) {
        delete_user(transaction, user);
        left -= rows;
    }
    if (left <= 0) return false;
    left -= transaction.execute(
        "DELETE FROM app_scopes WHERE number IN (SELECT number FROM app_scopes WHERE app_id = ? LIMIT ?)",
        app_id, left);
    return left > 0;
}

}  // namespace gateway::storage
