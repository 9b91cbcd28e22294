#include "server/api/user_changes.hpp"

#include "server/api/api_errors.hpp"
#include "server/api/event_recorder.hpp"
#include "server/api/user_events.hpp"

#include <algorithm>

namespace gateway::api {

using storage::Transaction;

namespace {

bool has(const std::vector<Identifier>& identifiers, const Identifier& identifier) {
    return std::ranges::find(identifiers, identifier) != identifiers.end();
}

}  // namespace

Result<void> update_user_profile(Transaction& transaction, const UpdateUserProfileRequest& request,
                                 const Services& services) {
    const auto room = check_room(services);
    if (room.has_error()) return room.error();
    auto user = existing_user(transaction, request.app_id, request.user_id);
    if (user.has_error()) return user.error();
    const auto before = compact_profile(user->id, user->profile);
    user->profile = merge_patch(JsonText(before), JsonText(request.profile.text));
    if (user->profile == before) return {};
    const auto size = check_size("profile", user->profile.size(), profile_limits);
    if (size.has_error()) return size.error();
    storage::update_user(transaction, *user);
    UserEvents(transaction, services, request.app_id, user->id, request.correlation_id)
        .profile_updated(user->profile, user->updated_at);
    return {};
}

Result<void> update_user_status(Transaction& transaction, const UpdateUserStatusRequest& request,
                                const Services& services) {
    auto user = existing_user(transaction, request.app_id, request.user_id);
    if (user.has_error()) return user.error();
    if (user->status != request.status) {
        user->status = request.status;
        storage::update_user(transaction, *user);
    }
    if (request.status == UserStatus::blocked) {
        UserEvents events(transaction, services, request.app_id, user->id, request.correlation_id);
        revoke_sessions(transaction, user->number, events);
    }
    return {};
}

Result<void> update_user_external_id(Transaction& transaction, const UpdateUserExternalIdRequest& request) {
    auto user = existing_user(transaction, request.app_id, request.user_id);
    if (user.has_error()) return user.error();
    if (user->external_id == request.external_id.text) return {};
    if (storage::find_user_by_external_id(transaction, request.app_id, request.external_id.text))
        return external_id_already_exists();
    user->external_id = request.external_id.text;
    storage::update_user(transaction, *user);
    return {};
}

Result<void> add_user_identifier(Transaction& transaction, const UserIdentifierRequest& request,
                                 const Services& services) {
    const auto room = check_room(services);
    if (room.has_error()) return room.error();
    auto user = existing_user(transaction, request.app_id, request.user_id);
    if (user.has_error()) return user.error();
    const auto owner = storage::identifier_owner(transaction, request.app_id, request.identifier);
    if (owner == user->number) return {};
    if (owner) return identifier_already_exists(request.identifier.type);
    if (storage::identifiers_of(transaction, user->number).size() >= most_identifiers) {
        return ApiError{ErrorCode::invalid_request, "identifier: the user has " +
                                                        std::to_string(most_identifiers) +
                                                        " identifiers, as many as they may have."};
    }
    storage::insert_identifier(transaction, request.app_id, user->number, request.identifier);
    storage::update_user(transaction, *user);
    UserEvents(transaction, services, request.app_id, user->id, request.correlation_id)
        .identifier_created(request.identifier);
    return {};
}

Result<void> remove_user_identifier(Transaction& transaction, const UserIdentifierRequest& request,
                                    const Services& services) {
    auto user = existing_user(transaction, request.app_id, request.user_id);
    if (user.has_error()) return user.error();
    const auto identifiers = storage::identifiers_of(transaction, user->number);
    if (!has(identifiers, request.identifier)) return {};
    if (identifiers.size() == 1) {
        return ApiError{ErrorCode::invalid_request,
                        "identifier: it is the user's last one, and a user has at least one."};
    }
    storage::delete_identifier(transaction, user->number, request.identifier);
    storage::update_user(transaction, *user);
    UserEvents(transaction, services, request.app_id, user->id, request.correlation_id)
        .identifier_deleted(request.identifier);
    return {};
}

}  // namespace gateway::api
