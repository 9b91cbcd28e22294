#include "server/api/api_errors.hpp"

namespace gateway::api {

ApiError missing_api_token() {
    return {ErrorCode::missing_api_token,
            "The API token is missing: send it as `Authorization: Bearer <token>`."};
}

ApiError invalid_api_token() {
    return {ErrorCode::invalid_api_token, "The API token is unknown, expired or revoked."};
}

ApiError app_not_found() {
    return {ErrorCode::app_not_found, "The application was not found."};
}

ApiError session_disabled() {
    return {ErrorCode::session_disabled, "Session management is disabled for this application."};
}

ApiError webhook_not_found() {
    return {ErrorCode::webhook_not_found, "The webhook was not found."};
}

ApiError event_not_found() {
    return {ErrorCode::event_not_found, "The event was not found."};
}

ApiError delivery_not_found() {
    return {ErrorCode::delivery_not_found, "The webhook has no delivery of such an event."};
}

ApiError replay_not_found() {
    return {ErrorCode::replay_not_found, "The replay was not found."};
}

}  // namespace gateway::api
