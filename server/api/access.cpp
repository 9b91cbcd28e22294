#include "server/api/access.hpp"

#include "server/api/api_errors.hpp"
#include "storage/engine/transaction.hpp"
#include "storage/tables/api_tokens.hpp"
#include "storage/tables/apps.hpp"

namespace gateway::api {

Result<void> check_key(storage::Snapshot& snapshot, const std::string& token_id) {
    const auto token = storage::find_token(snapshot, token_id);
    if (!token || !token->live_at(snapshot.now())) return invalid_api_token();
    return {};
}

Result<void> check_access(storage::Snapshot& snapshot, const std::string& token_id,
                          const std::string& app_id) {
    const auto token = storage::find_token(snapshot, token_id);
    if (!token || !token->live_at(snapshot.now())) return invalid_api_token();
    const auto app = storage::find_app(snapshot, app_id);
    if (!app || (token->app_id && *token->app_id != app_id)) return app_not_found();
    if (!app->sessions_enabled) return session_disabled();
    return {};
}

}  // namespace gateway::api
