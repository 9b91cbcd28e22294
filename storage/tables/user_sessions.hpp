// The table `user_sessions`: the sessions that are live.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gateway::storage {

class Snapshot;
class Transaction;

/// The ids of a user's sessions, oldest first; `user` is the number of the user's row, here and below.
std::vector<std::string> session_ids(Snapshot& snapshot, std::int64_t user);

/// Ends all sessions of a user.
void delete_sessions(Transaction& transaction, std::int64_t user);

}  // namespace gateway::storage
