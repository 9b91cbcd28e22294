// The table of the Users tag.

#include "server/api/scopes.hpp"
#include "server/api/user_changes.hpp"
#include "server/api/user_sessions.hpp"
#include "server/api/users.hpp"

namespace gateway::api {

namespace {

using enum ErrorCode;

constexpr std::string_view users_path = "/v2/session/apps/{appID}/users";
constexpr std::string_view look_up_path = "/v2/session/apps/{appID}/users/batch_lookup";
constexpr std::string_view user_path = "/v2/session/apps/{appID}/users/{userID}";
constexpr std::string_view profile_path = "/v2/session/apps/{appID}/users/{userID}/profile";
constexpr std::string_view status_path = "/v2/session/apps/{appID}/users/{userID}/status";
constexpr std::string_view external_id_path = "/v2/session/apps/{appID}/users/{userID}/external_id";
constexpr std::string_view identifiers_path = "/v2/session/apps/{appID}/users/{userID}/identifiers";
constexpr std::string_view scopes_path = "/v2/session/apps/{appID}/users/{userID}/scopes";
constexpr std::string_view sessions_path = "/v2/session/apps/{appID}/users/{userID}/sessions";
constexpr std::string_view session_path = "/v2/session/apps/{appID}/users/{userID}/sessions/{sessionID}";
constexpr std::string_view touch_path = "/v2/session/apps/{appID}/users/{userID}/sessions/{sessionID}/touch";
constexpr std::string_view invalidate_path = "/v2/session/apps/{appID}/users/{userID}/sessions/invalidate";

constexpr Operation operations[] = {
    {.id = "createUser",
     .summary = "Create a user",
     .routes = Route{Method::post, users_path},
     .success = Success::created,
     .errors = {invalid_request, user_already_exists, identifier_already_exists, external_id_already_exists},
     .performer = write<create_user>},
    {.id = "listUsers",
     .summary = "Find a user, or list the users of an app, newest first",
     .routes = Route{Method::get, users_path},
     .errors = {invalid_request},
     .performer = read<list_users>},
    {.id = "batchLookupUsers",
     .summary = "Find users by the app's own ids, or by e-mail addresses",
     .routes = Route{Method::post, look_up_path},
     .errors = {invalid_request},
     .performer = read<look_up_users>},
    {.id = "getUser",
     .summary = "Get one user",
     .routes = Route{Method::get, user_path},
     .errors = {user_not_found},
     .performer = read<get_user>},
    {.id = "deleteUser",
     .summary = "Delete a user and all that is kept of them; their sessions end",
     .routes = Route{Method::delete_, user_path},
     .errors = {invalid_request, user_not_found},
     .performer = write<delete_user>},
    {.id = "updateUserProfile",
     .summary = "Change a user's profile by a JSON Merge Patch (RFC 7396)",
     .routes = Route{.method = Method::patch, .path = profile_path, .body_field = "profile"},
     .success = Success::done,
     .errors = {invalid_request, user_not_found},
     .performer = write<update_user_profile>},
    {.id = "updateUserStatus",
     .summary = "Block a user, whose sessions end, or let them in again",
     .routes = Route{Method::put, status_path},
     .errors = {invalid_request, user_not_found},
     .performer = write<update_user_status>},
    {.id = "updateUserExternalId",
     .summary = "Give a user another external id",
     .routes = Route{Method::put, external_id_path},
     .success = Success::done,
     .errors = {invalid_request, user_not_found, external_id_already_exists},
     .performer = write<update_user_external_id>},
    {.id = "addUserIdentifier",
     .summary = "Add an identifier to a user",
     .routes = Route{Method::post, identifiers_path},
     .success = Success::created,
     .errors = {invalid_request, user_not_found, identifier_already_exists},
     .performer = write<add_user_identifier>},
    {.id = "removeUserIdentifier",
     .summary = "Remove an identifier from a user, the last one apart",
     .routes = Route{Method::delete_, identifiers_path},
     .errors = {invalid_request, user_not_found},
     .performer = write<remove_user_identifier>},
    {.id = "addUserScope",
     .summary = "Give a user one of the app's scopes",
     .routes = Route{Method::post, scopes_path},
     .errors = {invalid_request, user_not_found, scope_not_found},
     .performer = write<add_user_scope>},
    {.id = "removeUserScope",
     .summary = "Take a scope from a user",
     .routes = Route{Method::delete_, scopes_path},
     .errors = {invalid_request, user_not_found, scope_not_found},
     .performer = write<remove_user_scope>},
    {.id = "listUserSessions",
     .summary = "List the live sessions of a user, newest first",
     .routes = Route{Method::get, sessions_path},
     .errors = {user_not_found},
     .performer = read<list_user_sessions>},
    {.id = "createUserSession",
     .summary = "Tell that a user was let in; the oldest session ends where there are too many",
     .routes = Route{Method::post, sessions_path},
     .success = Success::created,
     .errors = {invalid_request, user_blocked, user_not_found},
     .performer = write<create_user_session>},
    {.id = "touchUserSession",
     .summary = "Tell that a user was seen in a session",
     .routes = Route{Method::post, touch_path},
     .errors = {user_not_found, session_not_found},
     .performer = write<touch_user_session>},
    {.id = "revokeUserSession",
     .summary = "End a session",
     .routes = Route{Method::delete_, session_path},
     .success = Success::done,
     .errors = {invalid_request, user_not_found, session_not_found},
     .performer = write<revoke_user_session>},
    {.id = "revokeUserSessions",
     .summary = "End all sessions of a user",
     .routes = Route{Method::post, invalidate_path},
     .errors = {invalid_request, user_not_found},
     .performer = write<revoke_user_sessions>},
};

}  // namespace

std::span<const Operation> user_operations() noexcept {
    return operations;
}

}  // namespace gateway::api
