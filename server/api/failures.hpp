// The errors whose words are always the same, each written once.
#pragma once

#include "storage/error.hpp"

#include <string>
#include <string_view>

namespace gateway::api {

ApiError missing_api_token();
ApiError invalid_api_token();
ApiError app_not_found();
ApiError session_disabled();
ApiError webhook_not_found();

/// A piece of the caller's input as a message may repeat it: in double quotes, at most 64 characters, control
/// characters and invalid UTF-8 escaped.
std::string quoted(std::string_view input);

}  // namespace gateway::api
