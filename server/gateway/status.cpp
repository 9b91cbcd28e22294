#include "server/gateway/status.hpp"

namespace gateway {

http::status http_status(const ErrorCode code) noexcept {
    switch (code) {
        case ErrorCode::invalid_webhook_event:
        case ErrorCode::invalid_request:
        case ErrorCode::webhook_limit_reached:
        case ErrorCode::webhook_activation_failed:
            return http::status::bad_request;
        case ErrorCode::missing_api_token:
        case ErrorCode::invalid_api_token:
            return http::status::unauthorized;
        case ErrorCode::session_disabled:
        case ErrorCode::all_apps_token_required:
        case ErrorCode::user_blocked:
            return http::status::forbidden;
        case ErrorCode::app_not_found:
        case ErrorCode::webhook_not_found:
        case ErrorCode::event_not_found:
        case ErrorCode::delivery_not_found:
        case ErrorCode::replay_not_found:
        case ErrorCode::user_not_found:
        case ErrorCode::session_not_found:
        case ErrorCode::scope_not_found:
        case ErrorCode::route_not_found:
            return http::status::not_found;
        case ErrorCode::event_already_exists:
        case ErrorCode::replay_already_running:
        case ErrorCode::user_already_exists:
        case ErrorCode::identifier_already_exists:
        case ErrorCode::external_id_already_exists:
        case ErrorCode::scope_already_exists:
            return http::status::conflict;
        case ErrorCode::method_not_allowed:
            return http::status::method_not_allowed;
        case ErrorCode::request_timeout:
            return http::status::request_timeout;
        case ErrorCode::payload_too_large:
            return http::status::payload_too_large;
        case ErrorCode::unsupported_media_type:
            return http::status::unsupported_media_type;
        case ErrorCode::headers_too_large:
            return http::status::request_header_fields_too_large;
        case ErrorCode::rate_limited:
            return http::status::too_many_requests;
        case ErrorCode::internal:
            return http::status::internal_server_error;
        case ErrorCode::overloaded:
        case ErrorCode::storage_unavailable:
            return http::status::service_unavailable;
    }
    return http::status::internal_server_error;
}

http::status http_status(const api::Success success) noexcept {
    switch (success) {
        case api::Success::ok:
            return http::status::ok;
        case api::Success::created:
            return http::status::created;
        case api::Success::accepted:
            return http::status::accepted;
        case api::Success::done:
            return http::status::no_content;
    }
    return http::status::ok;
}

std::string_view media_type(const api::Form form) noexcept {
    switch (form) {
        case api::Form::message:
        case api::Form::json:
            return "application/json";
        case api::Form::proto:
            return "text/plain; charset=utf-8";
        case api::Form::metrics:
            return "text/plain; version=0.0.4";
        case api::Form::page:
            return "text/html; charset=utf-8";
    }
    return {};
}

std::string_view status_word(const ErrorCode code) noexcept {
    switch (http_status(code)) {
        case http::status::bad_request:
            return "bad_request";
        case http::status::unauthorized:
            return "unauthorized";
        case http::status::forbidden:
            return "forbidden";
        case http::status::not_found:
            return "not_found";
        case http::status::conflict:
            return "conflict";
        case http::status::service_unavailable:
            return "unavailable";
        case http::status::too_many_requests:
            return "too_many_requests";
        default:
            return to_string(code);  // the statuses with one code are named as it is
    }
}

}  // namespace gateway
