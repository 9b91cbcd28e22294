// The table `users`, and the scopes that each has. Identifiers and sessions have files of their own.
#pragma once

#include "storage/tables/listing.hpp"
#include "storage/tables/user_identifiers.hpp"
#include "storage/values/timestamp.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::storage {

class Snapshot;
class Transaction;

enum class UserStatus { active, blocked };

/// As the table has them, indexed by the enumerator.
inline constexpr std::array<std::string_view, 2> user_status_names{"active", "blocked"};

struct User {
    std::int64_t number = 0;  ///< of its row, in the order of creation
    std::string id;           ///< `usr_…`, unique in the app
    std::string app_id;
    std::optional<std::string> external_id;  ///< unique in the app
    UserStatus status = {};
    std::string profile = "{}";  ///< a JSON object
    Timestamp created_at;
    Timestamp updated_at;

    /// Why not all of its row can be read, as fault_in_row() says it; empty: it can. What cannot is empty.
    std::string fault = {};
};

/// Nothing when there is no such user in this app, here and below.
std::optional<User> find_user(Snapshot& snapshot, const std::string& app_id, const std::string& user_id);

std::optional<User> find_user_by_external_id(Snapshot& snapshot, const std::string& app_id,
                                             const std::string& external_id);

std::optional<User> find_user_by_identifier(Snapshot& snapshot, const std::string& app_id,
                                            const Identifier& identifier);

/// Newest first, those below this number.
Page<User> list_users(Snapshot& snapshot, const std::string& app_id, std::int64_t below, std::size_t most);

/// Writes a new row and gives the user its number. Neither id nor external id is another's in the app.
void insert_user(Transaction& transaction, User& user);

/// Writes what may change of a user (external id, status, profile) and moves `updated_at`, both in the row
/// and in `user`; whoever changes identifiers or scopes calls it too. One with a fault is a std::logic_error.
void update_user(Transaction& transaction, User& user);

/// Deletes the user of this number and every row of theirs; their events stay.
void delete_user(Transaction& transaction, std::int64_t user);

/// The scopes of the user of this number, in the order of the app's.
std::vector<std::string> scopes_of(Snapshot& snapshot, std::int64_t user);

}  // namespace gateway::storage
