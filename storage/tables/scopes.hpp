// The tables `app_scopes` and `user_scopes`: what users of an app may be allowed, and who is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gateway::storage {

class Snapshot;
class Transaction;

/// The scopes of an app, in the order of their addition; those that were removed are none, here and below.
std::vector<std::string> list_scopes(Snapshot& snapshot, const std::string& app_id);

/// The number of the scope's row.
std::optional<std::int64_t> find_scope(Snapshot& snapshot, const std::string& app_id,
                                       const std::string& scope);

/// The app does not have it yet.
void insert_scope(Transaction& transaction, const std::string& app_id, const std::string& scope);

/// Takes a scope, by the number of its row, from the app and from every user at once. Rows stay behind that
/// remove_scope_rows() removes.
void remove_scope(Transaction& transaction, std::int64_t scope);

/// Whether there are such rows.
bool has_removed_scopes(Snapshot& snapshot);

/// Removes up to 200 of them. False: there may be more.
bool remove_scope_rows(Transaction& transaction);

// Of a user and a scope, by the numbers of their rows:

bool has_scope(Snapshot& snapshot, std::int64_t user, std::int64_t scope);

/// The user has it not yet.
void insert_user_scope(Transaction& transaction, std::int64_t user, std::int64_t scope);

void delete_user_scope(Transaction& transaction, std::int64_t user, std::int64_t scope);

}  // namespace gateway::storage
