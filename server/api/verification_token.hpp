// The secret that a webhook's receiver knows the activation challenge by.
#pragma once

#include "storage/values/error.hpp"

#include <string_view>

namespace gateway::api {

/// 1 to 100 characters of UTF-8, none of them a control character. The error, `invalid_request`, never
/// repeats the token.
Result<void> check_verification_token(std::string_view token);

}  // namespace gateway::api
