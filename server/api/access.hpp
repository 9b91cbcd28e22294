// May this caller do this to that app? The checks that every operation on an app begins with.
#pragma once

#include "storage/values/error.hpp"

#include <optional>
#include <string>

namespace gateway::storage {
class Snapshot;
}

namespace gateway::api {

/// Who calls, as authentication found out.
struct Caller {
    std::string token_id;               ///< `tok_…`; empty for an open operation
    std::optional<std::string> app_id;  ///< the one app that the key is good for; nothing: every app
    bool confirmed = false;  ///< the key was read from the database for this very call, not remembered

    /// Whether the key is for this app, or for every one.
    [[nodiscard]] bool may_use(const std::string& app) const { return !app_id || *app_id == app; }
};

/// In this order: the key is known, not revoked and not expired (`invalid_api_token`); the app exists and the
/// key is good for it (`app_not_found`, indistinguishable); sessions are enabled for it (`session_disabled`).
Result<void> check_access(storage::Snapshot& snapshot, const std::string& token_id,
                          const std::string& app_id);

/// The first of these checks alone.
Result<void> check_key(storage::Snapshot& snapshot, const std::string& token_id);

}  // namespace gateway::api
