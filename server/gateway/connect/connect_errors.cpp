#include "server/gateway/connect/connect_errors.hpp"

#include "server/gateway/connect/connect_response.hpp"
#include "server/gateway/status.hpp"

namespace gateway::connect {

namespace {

/// What a client makes of an answer by a path.
std::string_view code_of(const http::status status) noexcept {
    switch (status) {
        case http::status::bad_request:
            return "invalid_argument";
        case http::status::unauthorized:
            return "unauthenticated";
        case http::status::forbidden:
            return "permission_denied";
        case http::status::not_found:
            return "not_found";
        case http::status::conflict:
            return "already_exists";
        case http::status::unsupported_media_type:
            return "unimplemented";
        case http::status::method_not_allowed:
            return "unknown";  // as clients read the bare status
        case http::status::request_timeout:
            return "deadline_exceeded";
        case http::status::payload_too_large:
        case http::status::request_header_fields_too_large:
        case http::status::too_many_requests:
            return "resource_exhausted";
        case http::status::service_unavailable:
            return "unavailable";
        default:
            return "internal";
    }
}

}  // namespace

std::string_view connect_code(const ErrorCode code) noexcept {
    switch (code) {
        case ErrorCode::webhook_limit_reached:
        case ErrorCode::webhook_activation_failed:
        case ErrorCode::replay_already_running:
            return "failed_precondition";  // the request is fine, and may be again
        case ErrorCode::route_not_found:
            return "unimplemented";
        default:
            return code_of(http_status(code));
    }
}

http::status connect_status(const ErrorCode code) noexcept {
    if (code == ErrorCode::route_not_found) return http::status::not_found;
    if (code == ErrorCode::method_not_allowed) return http::status::method_not_allowed;
    if (code == ErrorCode::unsupported_media_type) return http::status::unsupported_media_type;
    return status_of(connect_code(code));
}

}  // namespace gateway::connect
