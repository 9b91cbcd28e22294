// The table `user_sessions`: the sessions that are live.
#pragma once

#include "storage/tables/user_identifiers.hpp"
#include "storage/values/timestamp.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gateway::storage {

class Snapshot;
class Transaction;

struct UserSession {
    std::int64_t number = 0;  ///< of its row, in the order of creation
    std::string id;           ///< `ses_…`; sorts by creation
    Timestamp created_at;
    Timestamp last_seen_at;

    /// Why not all of its row can be read, as fault_in_row() says it; empty: it can. What cannot is empty.
    std::string fault = {};
};

/// A user's sessions, newest first; `user` is the number of the user's row, here and below.
std::vector<UserSession> list_sessions(Snapshot& snapshot, std::int64_t user);

/// Nothing when the user has no such session that is live.
std::optional<UserSession> find_session(Snapshot& snapshot, std::int64_t user, const std::string& session_id);

/// The ids of a user's sessions, oldest first.
std::vector<std::string> session_ids(Snapshot& snapshot, std::int64_t user);

/// A session with whose it is.
struct OwnedSession {
    std::string id;
    std::int64_t user = 0;  ///< the number of the user's row
    std::string user_id;
    std::string app_id;
};

/// The one whose row has this number, where it began by `before`.
std::optional<OwnedSession> find_old_session(Snapshot& snapshot, std::int64_t number, Timestamp before);

/// Writes a new row and gives the session its number. `identifier` is what the user came with, `metadata` a
/// JSON object.
void insert_session(Transaction& transaction, std::int64_t user, UserSession& session,
                    const Identifier& identifier, const std::string& metadata);

/// Writes when the session was last seen.
void update_session(Transaction& transaction, const UserSession& session);

/// False when the user has no such session that is live.
bool delete_session(Transaction& transaction, std::int64_t user, const std::string& session_id);

/// Ends all sessions of a user.
void delete_sessions(Transaction& transaction, std::int64_t user);

}  // namespace gateway::storage
