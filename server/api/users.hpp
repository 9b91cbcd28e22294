// The operations of the Users tag that make, find and delete users, each in one transaction of the caller's,
// which the API and the subcommands share. (Changes: user_changes.hpp.)
#pragma once

#include "server/api/mode.hpp"
#include "server/api/operation.hpp"
#include "server/api/paging.hpp"
#include "server/api/user_events.hpp"
#include "server/api/user_values.hpp"
#include "server/api/wire.hpp"
#include "storage/engine/transaction.hpp"
#include "storage/tables/users.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::api {

/// External ids, or e-mail addresses, of one look-up.
inline constexpr std::size_t most_looked_up = 100;

inline constexpr FieldText identifiers_text{"identifiers",
                                            "What the user logs in with; each is one user's of the app."};
inline constexpr FieldText profile_text{"profile", "What the app keeps of the user: at most 16 KiB of JSON.",
                                        R"({"name": "Ada"})"};
inline constexpr FieldText external_id_text{"external_id", "The app's own id of the user, one user's alone.",
                                            R"("customer-17")"};
inline constexpr FieldText user_status_text{"status", "A blocked user has no sessions and gets none."};

struct CreateUserRequest {
    std::string app_id;
    Identifiers identifiers;
    std::optional<Profile> profile = {};
    std::optional<Uuid> id = {};
    std::optional<ExternalId> external_id = {};
    std::optional<CallCorrelationId> correlation_id = {};

    static constexpr auto describe() {
        using Request = CreateUserRequest;
        return message(
            "CreateUserRequest", field(&Request::app_id, app_id_text),
            field(&Request::identifiers, identifiers_text), field(&Request::profile, profile_text),
            field(&Request::id, {"id",
                                 "Becomes the user's id, usr_ and the same bits in base 32; nothing: one "
                                 "is made."}),
            field(&Request::external_id, external_id_text),
            field(&Request::correlation_id, call_correlation_id_text).as_metadata());
    }
};

struct CreatedUserResponse {
    std::string id;

    static constexpr auto describe() {
        return message(
            "CreatedUserResponse",
            field(&CreatedUserResponse::id, {"id", "The user's id.", R"("usr_01jqebhswje1ka1z7ahr9rfsgt")"}));
    }
};

/// Of an operation that needs no more than to know which user.
struct UserRequest {
    std::string app_id;
    std::string user_id;

    static constexpr auto describe() {
        return message("UserRequest", field(&UserRequest::app_id, app_id_text),
                       field(&UserRequest::user_id, user_id_text));
    }
};

struct DeleteUserRequest {
    std::string app_id;
    std::string user_id;
    std::optional<CallCorrelationId> correlation_id = {};

    static constexpr auto describe() {
        using Request = DeleteUserRequest;
        return message("DeleteUserRequest", field(&Request::app_id, app_id_text),
                       field(&Request::user_id, user_id_text),
                       field(&Request::correlation_id, call_correlation_id_text).as_metadata());
    }
};

/// Of one user, by an identifier or by the external id; or of all, in pages.
struct ListUsersRequest {
    std::string app_id;
    std::optional<IdentifierType> identifier_type = {};
    std::optional<IdentifierText> identifier_value = {};
    std::optional<ExternalId> external_id = {};
    std::optional<PageLimit> limit = {};
    std::optional<Cursor> cursor = {};
    std::optional<Identifier> identifier = {};  ///< of type and value, once check() has found nothing wrong

    static constexpr auto describe() {
        using Request = ListUsersRequest;
        return message(
            "ListUsersRequest", field(&Request::app_id, app_id_text),
            field(&Request::identifier_type,
                  {"identifier_type",
                   "Of the one user to be found; with identifier_value and without external_id."}),
            field(&Request::identifier_value,
                  {"identifier_value", "Of the one user to be found; of the form of its identifier_type."}),
            field(&Request::external_id,
                  {"external_id", "Of the one user to be found; instead of an identifier."}),
            field(&Request::limit, limit_text), field(&Request::cursor, cursor_text));
    }

    void check(FieldReader& reader);
};

/// At most `most_looked_up`.
struct ExternalIds {
    std::vector<std::string> list;
};

template <>
struct Wire<ExternalIds> {
    static std::string expected() { return "an array of at most 100 external ids"; }

    static Result<ExternalIds> read(std::string_view field, JsonText value);
    static boost::json::object schema(Components& components);
};

/// At most `most_looked_up`, normalised.
struct EmailAddresses {
    std::vector<Identifier> list;
};

template <>
struct Wire<EmailAddresses> {
    static std::string expected() { return "an array of at most 100 e-mail addresses"; }

    static Result<EmailAddresses> read(std::string_view field, JsonText value);
    static boost::json::object schema(Components&);
};

inline constexpr std::string_view by_external_ids[] = {"external_ids"};
inline constexpr std::string_view by_emails[] = {"emails"};

struct LookUpUsersRequest {
    std::string app_id;
    std::optional<ExternalIds> external_ids = {};
    std::optional<EmailAddresses> emails = {};

    static constexpr auto describe() {
        using Request = LookUpUsersRequest;
        return message("LookUpUsersRequest", field(&Request::app_id, app_id_text),
                       field(&Request::external_ids, {"external_ids", "The app's own ids of the users."}),
                       field(&Request::emails, {"emails", "E-mail addresses of the users."}))
            .with_either(by_external_ids, by_emails);
    }

    void check(FieldReader& reader);
};

struct User {
    std::string id;
    std::optional<ExternalId> external_id;
    UserStatus status{};
    std::vector<Identifier> identifiers;
    Profile profile;
    std::vector<std::string> scopes;
    DateTime created_at;
    DateTime updated_at;

    static constexpr auto describe() {
        return message("User",
                       field(&User::id, {"id", "The user's id.", R"("usr_01jqebhswje1ka1z7ahr9rfsgt")"}),
                       field(&User::external_id, external_id_text), field(&User::status, user_status_text),
                       field(&User::identifiers, identifiers_text), field(&User::profile, profile_text),
                       field(&User::scopes, {"scopes", "The user's own, of those that the app has."}),
                       field(&User::created_at, {"created_at", "When the user was created."}),
                       field(&User::updated_at, {"updated_at", "When something of this last changed."}));
    }
};

struct UserResponse {
    User user;

    static constexpr auto describe() {
        return message("UserResponse", field(&UserResponse::user, {"user", {}}));
    }
};

struct UsersResponse {
    std::vector<User> users;
    std::optional<Cursor> next_cursor;

    static constexpr auto describe() {
        return message("UsersResponse", field(&UsersResponse::users, {"users", "Newest first."}),
                       field(&UsersResponse::next_cursor, next_cursor_text));
    }
};

struct FoundUsersResponse {
    std::vector<User> users;

    static constexpr auto describe() {
        return message("FoundUsersResponse",
                       field(&FoundUsersResponse::users,
                             {"users", "Those that there are, each once, in the order of the request."}));
    }
};

/// Nothing found is `user_not_found`, here and below.
Result<storage::User> existing_user(storage::Snapshot& snapshot, const std::string& app_id,
                                    const std::string& user_id);

/// The profile of a user's row, which a person may have written, with no white space between its tokens.
/// Throws std::runtime_error where it is no JSON.
std::string compact_profile(const std::string& user_id, std::string_view profile);

/// Ends the live sessions of the user of this number, oldest first, each with its event.
void revoke_sessions(storage::Transaction& transaction, std::int64_t user, UserEvents& events);

/// Makes an active user. `user_already_exists`, `external_id_already_exists`, `identifier_already_exists`
/// where the app has one; `storage_unavailable` by check_room(). The app exists.
Result<CreatedUserResponse> create_user(storage::Transaction& transaction, const CreateUserRequest& request,
                                        const Services& services);

Result<UserResponse> get_user(storage::Snapshot& snapshot, const UserRequest& request);

/// Newest first; a row that cannot be read is left out.
Result<UsersResponse> list_users(storage::Snapshot& snapshot, const ListUsersRequest& request,
                                 const Services& services);

/// As list_users(), in the order of the request.
Result<FoundUsersResponse> look_up_users(storage::Snapshot& snapshot, const LookUpUsersRequest& request,
                                         const Services& services);

/// Deletes every row of the user, whose sessions are revoked first. Their past events stay.
Result<void> delete_user(storage::Transaction& transaction, const DeleteUserRequest& request,
                         const Services& services);

/// Those of this file, user_changes.hpp, user_sessions.hpp and scopes.hpp.
std::span<const Operation> user_operations() noexcept;

}  // namespace gateway::api
