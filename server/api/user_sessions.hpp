// The operations on sessions of users, each in one transaction of the caller's, which the API and the
// subcommands share. The app's backend tells of them: it decides who is let in, and this keeps the list.
#pragma once

#include "server/api/mode.hpp"
#include "server/api/users.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::api {

/// What the app knows of a session besides: a JSON object of at most 5 keys, each of 1 to 12 characters, with
/// texts of at most 32 characters; its tokens as the client wrote them, with no white space between them.
struct SessionMetadata {
    std::string text = "{}";
};

template <>
struct Wire<SessionMetadata> {
    static std::string expected() { return "an object of at most 5 short texts"; }

    static Result<SessionMetadata> read(std::string_view field, JsonText value);
    static boost::json::object schema(Components&);
};

inline constexpr FieldText session_id_text{"session_id", "The session that the request is about.",
                                           R"("ses_01jqebhswje1ka1z7ahr9rfsgt")"};

struct CreateUserSessionRequest {
    std::string app_id;
    std::string user_id;
    Identifier identifier;
    std::optional<SessionMetadata> metadata = {};
    std::optional<CallCorrelationId> correlation_id = {};

    static constexpr auto describe() {
        using Request = CreateUserSessionRequest;
        return message(
            "CreateUserSessionRequest", field(&Request::app_id, app_id_text),
            field(&Request::user_id, user_id_text),
            field(&Request::identifier, {"identifier", "What the user came with, one of their own."}),
            field(&Request::metadata,
                  {"metadata",
                   "Goes into the event: at most 5 keys of 1 to 12 characters, with texts of at most 32.",
                   R"({"device": "phone"})"}),
            field(&Request::correlation_id, call_correlation_id_text).as_metadata());
    }
};

/// Of touchUserSession.
struct UserSessionRequest {
    std::string app_id;
    std::string user_id;
    std::string session_id;

    static constexpr auto describe() {
        using Request = UserSessionRequest;
        return message("UserSessionRequest", field(&Request::app_id, app_id_text),
                       field(&Request::user_id, user_id_text), field(&Request::session_id, session_id_text));
    }
};

struct RevokeUserSessionRequest {
    std::string app_id;
    std::string user_id;
    std::string session_id;
    std::optional<CallCorrelationId> correlation_id = {};

    static constexpr auto describe() {
        using Request = RevokeUserSessionRequest;
        return message("RevokeUserSessionRequest", field(&Request::app_id, app_id_text),
                       field(&Request::user_id, user_id_text), field(&Request::session_id, session_id_text),
                       field(&Request::correlation_id, call_correlation_id_text).as_metadata());
    }
};

struct RevokeUserSessionsRequest {
    std::string app_id;
    std::string user_id;
    std::optional<CallCorrelationId> correlation_id = {};

    static constexpr auto describe() {
        using Request = RevokeUserSessionsRequest;
        return message("RevokeUserSessionsRequest", field(&Request::app_id, app_id_text),
                       field(&Request::user_id, user_id_text),
                       field(&Request::correlation_id, call_correlation_id_text).as_metadata());
    }
};

struct UserSession {
    std::string id;
    DateTime created_at;
    DateTime last_seen_at;

    static constexpr auto describe() {
        return message(
            "UserSession",
            field(&UserSession::id, {"id", "The session's id.", R"("ses_01jqebhswje1ka1z7ahr9rfsgt")"}),
            field(&UserSession::created_at, {"created_at", "When the user was let in."}),
            field(&UserSession::last_seen_at, {"last_seen_at", "When the user was last seen in it."}));
    }
};

struct UserSessionResponse {
    UserSession session;

    static constexpr auto describe() {
        return message("UserSessionResponse", field(&UserSessionResponse::session, {"session", {}}));
    }
};

struct UserSessionsResponse {
    std::vector<UserSession> sessions;

    static constexpr auto describe() {
        return message("UserSessionsResponse",
                       field(&UserSessionsResponse::sessions, {"sessions", "Live ones, newest first."}));
    }
};

/// `user_not_found`, here and below. A row that cannot be read is left out.
Result<UserSessionsResponse> list_user_sessions(storage::Snapshot& snapshot, const UserRequest& request,
                                                const Services& services);

/// `user_blocked`; `invalid_request` where the identifier is not the user's; `storage_unavailable` by
/// check_room(). As many of the oldest sessions end as are more than `sessions.max_per_user` then.
Result<UserSessionResponse> create_user_session(storage::Transaction& transaction,
                                                const CreateUserSessionRequest& request,
                                                const Services& services);

/// Moves `last_seen_at` to now, and never back. No event tells of it. `session_not_found`, here and below.
Result<UserSessionResponse> touch_user_session(storage::Transaction& transaction,
                                               const UserSessionRequest& request);

Result<void> revoke_user_session(storage::Transaction& transaction, const RevokeUserSessionRequest& request,
                                 const Services& services);

/// Also those of a user who has none.
Result<void> revoke_user_sessions(storage::Transaction& transaction, const RevokeUserSessionsRequest& request,
                                  const Services& services);

/// Ends, each with its event, those of these sessions (numbers of rows) that are older than
/// `sessions.max_age`, as many as one job of the background may. Gives how many need no more; those that are
/// left are to be given again.
std::size_t end_old_sessions(storage::Transaction& transaction, std::span<const std::int64_t> sessions,
                             const Services& services);

}  // namespace gateway::api
