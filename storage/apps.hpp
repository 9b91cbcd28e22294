// The table `apps`: one row for each application that the gateway serves.
#pragma once

#include "storage/timestamp.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::storage {

class Snapshot;
class Transaction;

struct App {
    std::string id;    ///< seven lower-case letters and digits
    std::string name;  ///< for people; may be empty
    bool sessions_enabled = true;
    Timestamp created_at;
    Timestamp updated_at;
};

/// Whether a text can be the id of an app: seven lower-case letters and digits.
bool is_app_id(std::string_view text) noexcept;

std::optional<App> find_app(Snapshot& snapshot, const std::string& id);

/// Oldest first.
std::vector<App> list_apps(Snapshot& snapshot);

/// Adds an app with sessions enabled; false when the id is taken. `id` must be one by is_app_id().
bool insert_app(Transaction& transaction, const std::string& id, const std::string& name);

/// False when there is no such app.
bool set_sessions_enabled(Transaction& transaction, const std::string& id, bool enabled);

/// Deletes the app and all that hangs on it: webhooks and keys. False when there is no such app.
bool delete_app(Transaction& transaction, const std::string& id);

}  // namespace gateway::storage
