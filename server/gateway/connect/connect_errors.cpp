#include "server/gateway/connect/connect_errors.hpp"

#include "server/gateway/connect/connect_response.hpp"

namespace gateway::connect {

std::string_view connect_code(const ErrorCode code) noexcept {
    switch (code) {
        case ErrorCode::invalid_webhook_event:
        case ErrorCode::invalid_request:
            return "invalid_argument";
        case ErrorCode::webhook_limit_reached:
        case ErrorCode::webhook_activation_failed:
        case ErrorCode::replay_already_running:
            return "failed_precondition";
        case ErrorCode::missing_api_token:
        case ErrorCode::invalid_api_token:
            return "unauthenticated";
        case ErrorCode::session_disabled:
        case ErrorCode::all_apps_token_required:
        case ErrorCode::user_blocked:
            return "permission_denied";
        case ErrorCode::app_not_found:
        case ErrorCode::webhook_not_found:
        case ErrorCode::event_not_found:
        case ErrorCode::delivery_not_found:
        case ErrorCode::replay_not_found:
        case ErrorCode::user_not_found:
        case ErrorCode::session_not_found:
        case ErrorCode::scope_not_found:
            return "not_found";
        case ErrorCode::event_already_exists:
        case ErrorCode::user_already_exists:
        case ErrorCode::identifier_already_exists:
        case ErrorCode::external_id_already_exists:
        case ErrorCode::scope_already_exists:
            return "already_exists";
        case ErrorCode::route_not_found:
        case ErrorCode::unsupported_media_type:
            return "unimplemented";
        case ErrorCode::method_not_allowed:
            return "unknown";  // as clients read the bare status
        case ErrorCode::request_timeout:
            return "deadline_exceeded";
        case ErrorCode::payload_too_large:
        case ErrorCode::headers_too_large:
        case ErrorCode::rate_limited:
            return "resource_exhausted";
        case ErrorCode::internal:
            return "internal";
        case ErrorCode::overloaded:
        case ErrorCode::storage_unavailable:
            return "unavailable";
    }
    return "internal";
}

http::status connect_status(const ErrorCode code) noexcept {
    if (code == ErrorCode::route_not_found) return http::status::not_found;
    if (code == ErrorCode::method_not_allowed) return http::status::method_not_allowed;
    if (code == ErrorCode::unsupported_media_type) return http::status::unsupported_media_type;
    return status_of(connect_code(code));
}

}  // namespace gateway::connect
