// The errors whose words are always the same, each written once.
#pragma once

#include "storage/values/error.hpp"

namespace gateway::api {

ApiError missing_api_token();
ApiError invalid_api_token();
ApiError app_not_found();
ApiError session_disabled();
ApiError webhook_not_found();
ApiError event_not_found();
ApiError delivery_not_found();
ApiError replay_not_found();

}  // namespace gateway::api
