// The errors whose words are always the same, each written once.
#pragma once

#include "storage/tables/user_identifiers.hpp"
#include "storage/values/error.hpp"

namespace gateway::api {

ApiError missing_api_token();
ApiError invalid_api_token();
ApiError app_not_found();
ApiError session_disabled();
ApiError all_apps_token_required();
ApiError webhook_not_found();
ApiError event_not_found();
ApiError delivery_not_found();
ApiError replay_not_found();
ApiError user_not_found();
ApiError session_not_found();
ApiError scope_not_found();
ApiError user_blocked();
ApiError external_id_already_exists();
ApiError identifier_already_exists(storage::IdentifierType type);

}  // namespace gateway::api
