#include "storage/values/error.hpp"

namespace gateway {

std::string_view to_string(const ErrorCode code) noexcept {
    switch (code) {
        case ErrorCode::invalid_webhook_event:
            return "invalid_webhook_event";
        case ErrorCode::invalid_request:
            return "invalid_request";
        case ErrorCode::webhook_limit_reached:
            return "webhook_limit_reached";
        case ErrorCode::webhook_activation_failed:
            return "webhook_activation_failed";
        case ErrorCode::missing_api_token:
            return "missing_api_token";
        case ErrorCode::invalid_api_token:
            return "invalid_api_token";
        case ErrorCode::session_disabled:
            return "session_disabled";
        case ErrorCode::all_apps_token_required:
            return "all_apps_token_required";
        case ErrorCode::app_not_found:
            return "app_not_found";
        case ErrorCode::webhook_not_found:
            return "webhook_not_found";
        case ErrorCode::event_not_found:
            return "event_not_found";
        case ErrorCode::delivery_not_found:
            return "delivery_not_found";
        case ErrorCode::replay_not_found:
            return "replay_not_found";
        case ErrorCode::replay_already_running:
            return "replay_already_running";
        case ErrorCode::event_already_exists:
            return "event_already_exists";
        case ErrorCode::user_not_found:
            return "user_not_found";
        case ErrorCode::user_already_exists:
            return "user_already_exists";
        case ErrorCode::identifier_already_exists:
            return "identifier_already_exists";
        case ErrorCode::external_id_already_exists:
            return "external_id_already_exists";
        case ErrorCode::user_blocked:
            return "user_blocked";
        case ErrorCode::session_not_found:
            return "session_not_found";
        case ErrorCode::scope_not_found:
            return "scope_not_found";
        case ErrorCode::scope_already_exists:
            return "scope_already_exists";
        case ErrorCode::route_not_found:
            return "route_not_found";
        case ErrorCode::method_not_allowed:
            return "method_not_allowed";
        case ErrorCode::request_timeout:
            return "request_timeout";
        case ErrorCode::payload_too_large:
            return "payload_too_large";
        case ErrorCode::unsupported_media_type:
            return "unsupported_media_type";
        case ErrorCode::headers_too_large:
            return "headers_too_large";
        case ErrorCode::rate_limited:
            return "rate_limited";
        case ErrorCode::internal:
            return "internal";
        case ErrorCode::overloaded:
            return "overloaded";
        case ErrorCode::storage_unavailable:
            return "storage_unavailable";
    }
    return "internal";
}

std::string describe(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& failure) {
        return failure.what();
    } catch (...) {
        return "unknown failure";
    }
}

}  // namespace gateway
