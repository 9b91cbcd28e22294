#include "server/api/user_sessions.hpp"

#include "server/api/api_errors.hpp"
#include "server/text/plain_text.hpp"
#include "server/text/quote.hpp"
#include "storage/tables/audiences.hpp"
#include "storage/tables/removal.hpp"
#include "storage/tables/user_sessions.hpp"

#include <stdexcept>
#include <utility>

namespace gateway::api {

namespace json = boost::json;
using storage::Snapshot;
using storage::Transaction;

namespace {

constexpr std::size_t most_keys = 5;
constexpr std::size_t longest_key = 12;
constexpr std::size_t longest_value = 32;

/// More than what is allowed of keys and values takes with each character escaped. Whatever is nested is
/// refused for what it is.
constexpr ObjectLimits metadata_limits{.bytes = 4'096, .depth = most_body_depth};

void check_entry(const JsonText key, const JsonText value, FieldReader& reader) {
    const auto name = key.decoded();
    const auto place = reader.placed(quote(name));
    const auto fault_in_key = fault_in_plain_text(name, 1, longest_key);
    if (fault_in_key) reader.fault(place + ", the key: " + *fault_in_key + ".");
    if (!value.is_string()) {
        reader.fault(wrong(place, kind(value), "a text").message);
        return;
    }
    const auto fault_in_value = fault_in_plain_text(value.decoded(), 0, longest_value);
    if (fault_in_value) reader.fault(place + ": " + *fault_in_value + ".");
}

UserSession to_response(storage::UserSession session) {
    return {std::move(session.id), {session.created_at}, {session.last_seen_at}};
}

/// The number of a user of whose row no more is needed, be it as it may.
Result<std::int64_t> number_of(Snapshot& snapshot, const std::string& app_id, const std::string& user_id) {
    const auto user = storage::find_user(snapshot, app_id, user_id);
    if (!user) return user_not_found();
    return user->number;
}

/// Makes room for one more.
void revoke_oldest(Transaction& transaction, const std::int64_t user, const std::size_t most,
                   UserEvents& events) {
    const auto ids = storage::session_ids(transaction, user);
    for (std::size_t i = 0; i + most <= ids.size(); ++i) {
        storage::delete_session(transaction, user, ids[i]);
        events.session_revoked(ids[i]);
    }
}

/// Gives what the writing took, in rows.
int end_session(Transaction& transaction, const storage::OwnedSession& session, const Services& services) {
    constexpr int rows_of_an_event = 4;  // with its indexes, and what the dispatcher is told
    storage::delete_session(transaction, session.user, session.id);
    UserEvents(transaction, services, session.app_id, session.user_id, std::nullopt)
        .session_revoked(session.id);
    const auto audience =
        storage::current_audience(transaction, session.app_id, EventType::user_session_revoked);
    return rows_of_an_event + static_cast<int>(audience.webhooks->size());
}

}  // namespace

Result<SessionMetadata> Wire<SessionMetadata>::read(const std::string_view field, const JsonText value) {
    auto object = read_object(field, value, metadata_limits);
    if (object.has_error()) return object.error();
    FieldReader reader(value, std::string(field) + ".");
    std::size_t keys = 0;
    value.for_each_member([&keys](JsonText, JsonText) { ++keys; });
    if (keys > most_keys) return wrong(field, std::to_string(keys) + " keys", "at most 5");
    value.for_each_member(
        [&reader](const JsonText key, const JsonText entry) { check_entry(key, entry, reader); });
    if (!reader.good()) return reader.error(ErrorCode::invalid_request);
    return SessionMetadata{*std::move(object)};
}

json::object Wire<SessionMetadata>::schema(Components&) {
    return {{"type", "object"},
            {"maxProperties", most_keys},
            {"propertyNames", schema_of_plain_text(1, longest_key)},
            {"additionalProperties", schema_of_plain_text(0, longest_value)}};
}

Result<UserSessionsResponse> list_user_sessions(Snapshot& snapshot, const UserRequest& request,
                                                const Services& services) {
    const auto user = number_of(snapshot, request.app_id, request.user_id);
    if (user.has_error()) return user.error();
    UserSessionsResponse response;
    for (auto& session : storage::list_sessions(snapshot, *user)) {
        if (session.fault.empty())
            response.sessions.push_back(to_response(std::move(session)));
        else if (services.report_unreadable)
            services.report_unreadable(session.fault);
    }
    return response;
}

Result<UserSessionResponse> create_user_session(Transaction& transaction,
                                                const CreateUserSessionRequest& request,
                                                const Services& services) {
    const auto room = check_room(services);
    if (room.has_error()) return room.error();
    const auto user = existing_user(transaction, request.app_id, request.user_id);
    if (user.has_error()) return user.error();
    if (user->status == UserStatus::blocked) return user_blocked();
    if (storage::identifier_owner(transaction, request.app_id, request.identifier) != user->number) {
        return ApiError{ErrorCode::invalid_request,
                        "identifier: found one that the user does not have, expected one of the user's."};
    }
    UserEvents events(transaction, services, request.app_id, user->id, request.correlation_id);
    revoke_oldest(transaction, user->number, services.sessions.max_per_user, events);
    storage::UserSession session{
        .id = services.ids.next("ses"), .created_at = transaction.now(), .last_seen_at = transaction.now()};
    const auto metadata = request.metadata.value_or(SessionMetadata{}).text;
    storage::insert_session(transaction, user->number, session, request.identifier, metadata);
    events.session_created(session.id, request.identifier, metadata);
    return UserSessionResponse{to_response(std::move(session))};
}

Result<UserSessionResponse> touch_user_session(Transaction& transaction, const UserSessionRequest& request) {
    const auto user = number_of(transaction, request.app_id, request.user_id);
    if (user.has_error()) return user.error();
    auto session = storage::find_session(transaction, *user, request.session_id);
    if (!session) return session_not_found();
    if (!session->fault.empty()) throw std::runtime_error(session->fault);
    if (transaction.now() > session->last_seen_at) {
        session->last_seen_at = transaction.now();
        storage::update_session(transaction, *session);
    }
    return UserSessionResponse{to_response(*std::move(session))};
}

Result<void> revoke_user_session(Transaction& transaction, const RevokeUserSessionRequest& request,
                                 const Services& services) {
    const auto user = number_of(transaction, request.app_id, request.user_id);
    if (user.has_error()) return user.error();
    if (!storage::delete_session(transaction, *user, request.session_id)) return session_not_found();
    UserEvents(transaction, services, request.app_id, request.user_id, request.correlation_id)
        .session_revoked(request.session_id);
    return {};
}

Result<void> revoke_user_sessions(Transaction& transaction, const RevokeUserSessionsRequest& request,
                                  const Services& services) {
    const auto user = number_of(transaction, request.app_id, request.user_id);
    if (user.has_error()) return user.error();
    UserEvents events(transaction, services, request.app_id, request.user_id, request.correlation_id);
    revoke_sessions(transaction, *user, events);
    return {};
}

std::size_t end_old_sessions(Transaction& transaction, const std::span<const std::int64_t> sessions,
                             const Services& services) {
    const auto before = transaction.now() - services.sessions.max_age;
    int left = storage::rows_of_a_job;
    std::size_t done = 0;
    for (; done < sessions.size() && left > 0; ++done) {
        const auto session = storage::find_old_session(transaction, sessions[done], before);
        left -= session ? end_session(transaction, *session, services) : 1;
    }
    return done;
}

}  // namespace gateway::api
