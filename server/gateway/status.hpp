// How successes and error codes are answered over HTTP.
#pragma once

#include "server/api/operation.hpp"
#include "storage/values/error.hpp"

#include <boost/beast/http/status.hpp>

#include <string_view>

namespace gateway {

namespace http = boost::beast::http;

/// The HTTP status that a code is answered with.
http::status http_status(ErrorCode code) noexcept;

http::status http_status(api::Success success) noexcept;

/// What the Content-Type of a success says.
std::string_view media_type(api::Form form) noexcept;

/// The word of an error body's `status` field, e.g. "not_found".
std::string_view status_word(ErrorCode code) noexcept;

}  // namespace gateway
