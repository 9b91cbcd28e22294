// The operations of the Users tag that change a user. What is as it is wanted already stays as it is,
// `updated_at` included, and no event tells of it.
#pragma once

#include "server/api/users.hpp"

#include <optional>
#include <string>

namespace gateway::api {

struct UpdateUserProfileRequest {
    std::string app_id;
    std::string user_id;
    Profile profile;
    std::optional<CallCorrelationId> correlation_id = {};

    static constexpr auto describe() {
        using Request = UpdateUserProfileRequest;
        return message("UpdateUserProfileRequest", field(&Request::app_id, app_id_text),
                       field(&Request::user_id, user_id_text),
                       field(&Request::profile,
                             {"profile", "What is to change of the profile: null takes a member away.",
                              R"({"name": null})"}),
                       field(&Request::correlation_id, call_correlation_id_text).as_metadata());
    }
};

struct UpdateUserStatusRequest {
    std::string app_id;
    std::string user_id;
    UserStatus status{};
    std::optional<CallCorrelationId> correlation_id = {};

    static constexpr auto describe() {
        using Request = UpdateUserStatusRequest;
        return message("UpdateUserStatusRequest", field(&Request::app_id, app_id_text),
                       field(&Request::user_id, user_id_text), field(&Request::status, user_status_text),
                       field(&Request::correlation_id, call_correlation_id_text).as_metadata());
    }
};

struct UpdateUserExternalIdRequest {
    std::string app_id;
    std::string user_id;
    ExternalId external_id;

    static constexpr auto describe() {
        using Request = UpdateUserExternalIdRequest;
        return message("UpdateUserExternalIdRequest", field(&Request::app_id, app_id_text),
                       field(&Request::user_id, user_id_text),
                       field(&Request::external_id, external_id_text));
    }
};

/// Of addUserIdentifier and its inverse.
struct UserIdentifierRequest {
    std::string app_id;
    std::string user_id;
    Identifier identifier;
    std::optional<CallCorrelationId> correlation_id = {};

    static constexpr auto describe() {
        using Request = UserIdentifierRequest;
        return message("UserIdentifierRequest", field(&Request::app_id, app_id_text),
                       field(&Request::user_id, user_id_text),
                       field(&Request::identifier, {"identifier", "The identifier."}),
                       field(&Request::correlation_id, call_correlation_id_text).as_metadata());
    }
};

/// `user_not_found`, here and below; `invalid_request` where the profile would be too large, and
/// `storage_unavailable` by check_room().
Result<void> update_user_profile(storage::Transaction& transaction, const UpdateUserProfileRequest& request,
                                 const Services& services);

/// Whoever is blocked has no sessions: those that there are end.
Result<void> update_user_status(storage::Transaction& transaction, const UpdateUserStatusRequest& request,
                                const Services& services);

/// `external_id_already_exists` where it is another's.
Result<void> update_user_external_id(storage::Transaction& transaction,
                                     const UpdateUserExternalIdRequest& request);

/// `identifier_already_exists` where it is another's, `invalid_request` where the user has as many as they
/// may have, `storage_unavailable` by check_room().
Result<void> add_user_identifier(storage::Transaction& transaction, const UserIdentifierRequest& request,
                                 const Services& services);

/// `invalid_request` for the last one.
Result<void> remove_user_identifier(storage::Transaction& transaction, const UserIdentifierRequest& request,
                                    const Services& services);

}  // namespace gateway::api
