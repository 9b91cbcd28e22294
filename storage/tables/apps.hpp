// The table `apps`: one row for each application that the gateway serves.
#pragma once

#include "storage/values/timestamp.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::storage {

class Snapshot;
class Transaction;

/// What an app is for: in `dev` it may register plain http urls.
enum class Mode { dev, prod };

/// "dev" or "prod".
std::string_view to_string(Mode mode) noexcept;

std::optional<Mode> parse_mode(std::string_view word) noexcept;

struct App {
    std::string id;            ///< seven lower-case letters and digits
    std::string name;          ///< for people; may be empty
    std::optional<Mode> mode;  ///< nothing: its row holds something else, and it may do what `prod` may
    bool sessions_enabled = true;
    Timestamp created_at;
    Timestamp updated_at;

    /// Why not all of its row can be read, as fault_in_row() says it, the mode first; empty: it can. What
    /// cannot is empty.
    std::string fault = {};
};

/// Whether a text can be the id of an app: seven lower-case letters and digits.
bool is_app_id(std::string_view text) noexcept;

std::optional<App> find_app(Snapshot& snapshot, const std::string& id);

/// Oldest first.
std::vector<App> list_apps(Snapshot& snapshot);

/// Adds an app with sessions enabled; false when the id is taken. `id` must be one by is_app_id().
bool insert_app(Transaction& transaction, const std::string& id, const std::string& name,
                Mode mode = Mode::prod);

/// False when there is no such app.
bool set_sessions_enabled(Transaction& transaction, const std::string& id, bool enabled);

/// Writes the mode alone; false when there is no such app. See api::set_mode() for what else a change of mode
/// means.
bool set_app_mode(Transaction& transaction, const std::string& id, Mode mode);

/// Deletes the app and all that hangs on it: webhooks and keys. Of events see clear_app(). False when there is
/// no such app.
bool delete_app(Transaction& transaction, const std::string& id);

}  // namespace gateway::storage
