#include "server/api/users.hpp"

#include "server/api/api_errors.hpp"
#include "server/api/user_changes.hpp"
#include "storage/tables/user_sessions.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace gateway::api {

namespace json = boost::json;
using storage::Snapshot;
using storage::Transaction;

namespace {

User to_response(Snapshot& snapshot, storage::User user) {
    User response{.id = std::move(user.id),
                  .external_id = {},
                  .status = user.status,
                  .identifiers = storage::identifiers_of(snapshot, user.number),
                  .profile = {std::move(user.profile)},
                  .scopes = storage::scopes_of(snapshot, user.number),
                  .created_at = {user.created_at},
                  .updated_at = {user.updated_at}};
    if (user.external_id) response.external_id = {*std::move(user.external_id)};
    return response;
}

/// Adds the user of a row that can be read; the operator is told of the others.
void add_readable(Snapshot& snapshot, storage::User user, const Services& services,
                  std::vector<User>& users) {
    if (user.fault.empty())
        users.push_back(to_response(snapshot, std::move(user)));
    else if (services.report_unreadable)
        services.report_unreadable(user.fault);
}

/// What another user of the app has of what this one is to get; nothing of it.
Result<void> check_unique(Transaction& transaction, const CreateUserRequest& request,
                          const storage::User& user) {
    // An id of our own making is new.
    if (request.id && storage::find_user(transaction, user.app_id, user.id))
        return ApiError{ErrorCode::user_already_exists, "id: found one that a user of the app has."};
    if (user.external_id && storage::find_user_by_external_id(transaction, user.app_id, *user.external_id))
        return external_id_already_exists();
    for (const auto& identifier : request.identifiers.list)
        if (storage::identifier_owner(transaction, user.app_id, identifier))
            return identifier_already_exists(identifier.type);
    return {};
}

}  // namespace

void ListUsersRequest::check(FieldReader& reader) {
    const bool has_type = reader.has("identifier_type");
    const bool has_value = reader.has("identifier_value");
    if (has_type && !has_value) reader.missing("identifier_value", "it beside identifier_type");
    if (has_value && !has_type) reader.missing("identifier_type", "it beside identifier_value");
    if ((has_type || has_value) && external_id)
        reader.fault("external_id: found beside an identifier, expected one of them.");
    if (!identifier_type || !identifier_value) return;
    auto made = make_identifier("identifier_value", *identifier_type, identifier_value->text);
    if (made.has_error())
        reader.fault(made.error().message);
    else
        identifier = *std::move(made);
}

Result<ExternalIds> Wire<ExternalIds>::read(const std::string_view field, const JsonText value) {
    if (!value.is_array()) return wrong(field, kind(value), expected());
    const auto read_id = [](const std::string& place, const JsonText item) -> Result<std::string> {
        auto id = Wire<ExternalId>::read(place, item);
        if (id.has_error()) return id.error();
        return std::move(id->text);
    };
    auto ids = read_items(field, value, 0, most_looked_up, expected(), read_id);
    if (ids.has_error()) return ids.error();
    return ExternalIds{*std::move(ids)};
}

json::object Wire<ExternalIds>::schema(Components& components) {
    return {{"type", "array"}, {"maxItems", most_looked_up}, {"items", Wire<ExternalId>::schema(components)}};
}

Result<EmailAddresses> Wire<EmailAddresses>::read(const std::string_view field, const JsonText value) {
    if (!value.is_array()) return wrong(field, kind(value), expected());
    const auto read_address = [](const std::string& place, const JsonText item) -> Result<Identifier> {
        const auto text = Wire<IdentifierText>::read(place, item);
        if (text.has_error()) return text.error();
        return make_identifier(place, IdentifierType::email_address, text->text);
    };
    auto addresses = read_items(field, value, 0, most_looked_up, expected(), read_address);
    if (addresses.has_error()) return addresses.error();
    return EmailAddresses{*std::move(addresses)};
}

json::object Wire<EmailAddresses>::schema(Components&) {
    return {{"type", "array"},
            {"maxItems", most_looked_up},
            {"items", schema_of_identifier(IdentifierType::email_address)}};
}

void LookUpUsersRequest::check(FieldReader& reader) {
    if (reader.has("external_ids") && reader.has("emails"))
        reader.fault("emails: found beside external_ids, expected one of them.");
    if (!reader.has("external_ids") && !reader.has("emails"))
        reader.missing("external_ids", Wire<ExternalIds>::expected() + ", or emails");
}

Result<storage::User> existing_user(Snapshot& snapshot, const std::string& app_id,
                                    const std::string& user_id) {
    auto user = storage::find_user(snapshot, app_id, user_id);
    if (!user) return user_not_found();
    if (!user->fault.empty()) throw std::runtime_error(user->fault);
    return *std::move(user);
}

std::string compact_profile(const std::string& user_id, const std::string_view profile) {
    boost::system::error_code error;
    auto compact = compact_json(profile, error);
    if (error) throw std::runtime_error("row " + user_id + " of users: profile holds no JSON");
    return compact;
}

void revoke_sessions(Transaction& transaction, const std::int64_t user, UserEvents& events) {
    for (const auto& id : storage::session_ids(transaction, user))
        events.session_revoked(id);
    storage::delete_sessions(transaction, user);
}

Result<CreatedUserResponse> create_user(Transaction& transaction, const CreateUserRequest& request,
                                        const Services& services) {
    const auto room = check_room(services);
    if (room.has_error()) return room.error();
    storage::User user{.id = request.id ? type_id("usr", *request.id) : services.ids.next("usr"),
                       .app_id = request.app_id,
                       .external_id = {},
                       .profile = request.profile.value_or(Profile{}).text,
                       .created_at = transaction.now(),
                       .updated_at = transaction.now()};
    if (request.external_id) user.external_id = request.external_id->text;
    const auto unique = check_unique(transaction, request, user);
    if (unique.has_error()) return unique.error();

    storage::insert_user(transaction, user);
    storage::insert_first_identifiers(transaction, user.app_id, user.number, request.identifiers.list);
    UserEvents(transaction, services, user.app_id, user.id, request.correlation_id)
        .created(request.identifiers.list, user.profile);
    return CreatedUserResponse{std::move(user.id)};
}

Result<UserResponse> get_user(Snapshot& snapshot, const UserRequest& request) {
    auto user = existing_user(snapshot, request.app_id, request.user_id);
    if (user.has_error()) return user.error();
    return UserResponse{to_response(snapshot, *std::move(user))};
}

Result<UsersResponse> list_users(Snapshot& snapshot, const ListUsersRequest& request,
                                 const Services& services) {
    storage::Page<storage::User> page;
    if (request.identifier || request.external_id) {
        auto found =
            request.identifier
                ? storage::find_user_by_identifier(snapshot, request.app_id, *request.identifier)
                : storage::find_user_by_external_id(snapshot, request.app_id, request.external_id->text);
        if (found) page.items.push_back(*std::move(found));
    } else {
        page = storage::list_users(snapshot, request.app_id,
                                   request.cursor ? request.cursor->place : storage::newest,
                                   request.limit.value_or(PageLimit{}).items);
    }
    UsersResponse response;
    if (page.next) response.next_cursor = {*page.next};
    for (auto& user : page.items)
        add_readable(snapshot, std::move(user), services, response.users);
    return response;
}

Result<FoundUsersResponse> look_up_users(Snapshot& snapshot, const LookUpUsersRequest& request,
                                         const Services& services) {
    std::vector<storage::User> found;
    const auto add = [&](std::optional<storage::User> user) {
        if (user && std::ranges::find(found, user->number, &storage::User::number) == found.end())
            found.push_back(*std::move(user));
    };
    for (const auto& id : request.external_ids.value_or(ExternalIds{}).list)
        add(storage::find_user_by_external_id(snapshot, request.app_id, id));
    for (const auto& address : request.emails.value_or(EmailAddresses{}).list)
        add(storage::find_user_by_identifier(snapshot, request.app_id, address));
    FoundUsersResponse response;
    for (auto& user : found)
        add_readable(snapshot, std::move(user), services, response.users);
    return response;
}

Result<void> delete_user(Transaction& transaction, const DeleteUserRequest& request,
                         const Services& services) {
    const auto user = storage::find_user(transaction, request.app_id, request.user_id);
    if (!user) return user_not_found();
    UserEvents events(transaction, services, request.app_id, user->id, request.correlation_id);
    revoke_sessions(transaction, user->number, events);
    storage::delete_user(transaction, user->number);
    events.deleted();
    return {};
}

}  // namespace gateway::api
