// Where a webhook's events are sent to: which URLs are accepted.
#pragma once

#include "storage/values/error.hpp"

#include <string_view>

namespace gateway::api {

/// An absolute https or http URL by RFC 3986, at most 2,048 characters, with a host that can be called
/// (outgoing::classify_host), with a port from 1 to 65535 if any, without user-info and fragment. What the
/// host leads to is not looked at. The error is `invalid_request`; its message shows neither query string nor
/// user-info, which may hold secrets.
Result<void> check_webhook_url(std::string_view url);

/// Of such a URL: https, or http where `allow_http` is set. Judged where the app is known, apart from the
/// rest.
Result<void> check_webhook_scheme(std::string_view url, bool allow_http);

}  // namespace gateway::api
