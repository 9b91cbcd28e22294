#include "storage/tables/user_sessions.hpp"

#include "storage/engine/transaction.hpp"
#include "storage/values/unreadable.hpp"

namespace gateway::storage {

namespace {

constexpr char selection[] = "SELECT number, id, created_at, last_seen_at FROM user_sessions WHERE user = ?";
constexpr auto select_all = sql_text(selection, " ORDER BY id DESC");
constexpr auto select_one = sql_text(selection, " AND id = ?");

UserSession read_session(const Query& row) {
    UserSession session{
        .number = row.integer(0), .id = std::string(row.text(1)), .created_at = {}, .last_seen_at = {}};
    try {
        session.created_at = row.timestamp(2);
        session.last_seen_at = row.timestamp(3);
    } catch (const UnreadableValue& value) {
        session.fault = fault_in_row("user_sessions", session.id, value);
    }
    return session;
}

std::int64_t last_session(Snapshot& snapshot) {
    Query row = snapshot.query("SELECT coalesce(max(number), 0) FROM user_sessions");
    row.step();
    return row.integer(0);
}

}  // namespace

std::vector<UserSession> list_sessions(Snapshot& snapshot, const std::int64_t user) {
    Query row = snapshot.query(select_all.data(), user);
    std::vector<UserSession> sessions;
    while (row.step())
        sessions.push_back(read_session(row));
    return sessions;
}

std::optional<UserSession> find_session(Snapshot& snapshot, const std::int64_t user,
                                        const std::string& session_id) {
    Query row = snapshot.query(select_one.data(), user, session_id);
    if (!row.step()) return std::nullopt;
    return read_session(row);
}

std::vector<std::string> session_ids(Snapshot& snapshot, const std::int64_t user) {
    Query row = snapshot.query("SELECT id FROM user_sessions WHERE user = ? ORDER BY id", user);
    std::vector<std::string> ids;
    while (row.step())
        ids.emplace_back(row.text(0));
    return ids;
}

std::optional<OwnedSession> find_old_session(Snapshot& snapshot, const std::int64_t number,
                                             const Timestamp before) {
    Query row = snapshot.query(
        "SELECT user_sessions.id, users.number, users.id, users.app_id FROM user_sessions"
        " CROSS JOIN users ON users.number = user"
        " WHERE user_sessions.number = ? AND user_sessions.created_at <= ?",
        number, before);
    if (!row.step()) return std::nullopt;
    return OwnedSession{std::string(row.text(0)), row.integer(1), std::string(row.text(2)),
                        std::string(row.text(3))};
}

void insert_session(Transaction& transaction, const std::int64_t user, UserSession& session,
                    const Identifier& identifier, const std::string& metadata) {
    session.number = last_session(transaction) + 1;  // RETURNING costs more, see insert_event()
    transaction.execute(
        "INSERT INTO user_sessions (number, user, id, identifier_type, identifier_value, metadata, "
        "created_at, last_seen_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        session.number, user, session.id, to_string(identifier.type), identifier.value, metadata,
        session.created_at, session.last_seen_at);
}

void update_session(Transaction& transaction, const UserSession& session) {
    transaction.execute("UPDATE user_sessions SET last_seen_at = ? WHERE number = ?", session.last_seen_at,
                        session.number);
}

bool delete_session(Transaction& transaction, const std::int64_t user, const std::string& session_id) {
    return transaction.execute("DELETE FROM user_sessions WHERE user = ? AND id = ?", user, session_id) > 0;
}

void delete_sessions(Transaction& transaction, const std::int64_t user) {
    transaction.execute("DELETE FROM user_sessions WHERE user = ?", user);
}

}  // namespace gateway::storage
