#include "storage/tables/users.hpp"

#include "storage/engine/transaction.hpp"
#include "storage/values/unreadable.hpp"

#include <algorithm>
#include <stdexcept>

namespace gateway::storage {

namespace {

constexpr char selection[] =
    "SELECT number, id, app_id, external_id, status, profile, created_at, updated_at FROM users WHERE ";
constexpr auto select_by_id = sql_text(selection, "id = ? AND app_id = ?");
constexpr auto select_by_external_id = sql_text(selection, "external_id = ? AND app_id = ?");
constexpr auto select_by_number = sql_text(selection, "number = ?");
constexpr auto select_page = sql_text(selection, "app_id = ? AND number < ? ORDER BY number DESC LIMIT ?");

UserStatus parse_status(const std::string_view word) {
    const auto* const name = std::ranges::find(user_status_names, word);
    if (name == user_status_names.end()) throw UnreadableValue("status", word, "active or blocked");
    return static_cast<UserStatus>(name - user_status_names.begin());
}

User read_user(const Query& row) {
    User user{.number = row.integer(0),
              .id = std::string(row.text(1)),
              .app_id = std::string(row.text(2)),
              .external_id = {},
              .profile = std::string(row.text(5)),
              .created_at = {},
              .updated_at = {}};
    if (!row.is_null(3)) user.external_id = row.text(3);
    try {
        user.status = parse_status(row.text(4));
        user.created_at = row.timestamp(6);
        user.updated_at = row.timestamp(7);
    } catch (const UnreadableValue& value) {
        user.fault = fault_in_row("users", user.id, value);
    }
    return user;
}

std::int64_t last_user(Snapshot& snapshot) {
    Query row = snapshot.query("SELECT coalesce(max(number), 0) FROM users");
    row.step();
    return row.integer(0);
}

std::optional<User> first_of(Query&& row) {
    if (!row.step()) return std::nullopt;
    return read_user(row);
}

}  // namespace

std::optional<User> find_user(Snapshot& snapshot, const std::string& app_id, const std::string& user_id) {
    return first_of(snapshot.query(select_by_id.data(), user_id, app_id));
}

std::optional<User> find_user_by_external_id(Snapshot& snapshot, const std::string& app_id,
                                             const std::string& external_id) {
    return first_of(snapshot.query(select_by_external_id.data(), external_id, app_id));
}

std::optional<User> find_user_by_identifier(Snapshot& snapshot, const std::string& app_id,
                                            const Identifier& identifier) {
    const auto owner = identifier_owner(snapshot, app_id, identifier);
    if (!owner) return std::nullopt;
    return first_of(snapshot.query(select_by_number.data(), *owner));
}

Page<User> list_users(Snapshot& snapshot, const std::string& app_id, const std::int64_t below,
                      const std::size_t most) {
    Query row = snapshot.query(select_page.data(), app_id, below, most + 1);
    Page<User> page;
    while (row.step()) {
        if (page.items.size() == most) {
            page.next = page.items.back().number;
            break;
        }
        page.items.push_back(read_user(row));
    }
    return page;
}

void insert_user(Transaction& transaction, User& user) {
    user.number = last_user(transaction) + 1;  // RETURNING costs more, see insert_event()
    transaction.execute(
        "INSERT INTO users (number, id, app_id, external_id, status, profile, created_at, updated_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        user.number, user.id, user.app_id, user.external_id,
        user_status_names[static_cast<std::size_t>(user.status)], user.profile, user.created_at,
        user.updated_at);
}

void update_user(Transaction& transaction, User& user) {
    if (!user.fault.empty()) throw std::logic_error("not all is known of " + user.fault);
    user.updated_at = time_of_change(user.updated_at, transaction.now());
    transaction.execute(
        "UPDATE users SET external_id = ?, status = ?, profile = ?, updated_at = ? WHERE number = ?",
        user.external_id, user_status_names[static_cast<std::size_t>(user.status)], user.profile,
        user.updated_at, user.number);
}

void delete_user(Transaction& transaction, const std::int64_t user) {
    transaction.execute("DELETE FROM users WHERE number = ?", user);
}

std::vector<std::string> scopes_of(Snapshot& snapshot, const std::int64_t user) {
    Query row = snapshot.query(
        "SELECT app_scopes.scope FROM user_scopes JOIN app_scopes ON app_scopes.number = user_scopes.scope"
        " WHERE user_scopes.user = ? AND removed_at IS NULL ORDER BY user_scopes.scope",
        user);
    std::vector<std::string> scopes;
    while (row.step())
        scopes.emplace_back(row.text(0));
    return scopes;
}

}  // namespace gateway::storage
