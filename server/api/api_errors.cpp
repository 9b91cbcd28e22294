#include "server/api/api_errors.hpp"

#include <string>

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

ApiError all_apps_token_required() {
    return {ErrorCode::all_apps_token_required,
            "The API token is good for one application; this takes one that is good for all of them."};
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

ApiError user_not_found() {
    return {ErrorCode::user_not_found, "The user was not found."};
}

ApiError session_not_found() {
    return {ErrorCode::session_not_found, "The user has no such session."};
}

ApiError scope_not_found() {
    return {ErrorCode::scope_not_found, "The app has no such scope."};
}

ApiError user_blocked() {
    return {ErrorCode::user_blocked, "The user is blocked."};
}

// Whose they are, and what they are, is nobody's business.

ApiError external_id_already_exists() {
    return {ErrorCode::external_id_already_exists,
            "external_id: found one that another user of the app has."};
}

ApiError identifier_already_exists(const storage::IdentifierType type) {
    return {ErrorCode::identifier_already_exists,
            "Another user of the app has this " + std::string(to_string(type)) + "."};
}

}  // namespace gateway::api
