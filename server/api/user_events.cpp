#include "server/api/user_events.hpp"

#include <boost/json/serialize.hpp>

#include <utility>

namespace gateway::api {

namespace json = boost::json;

namespace {

/// A payload's fields behind the user's id; `value` is JSON.
std::string field_text(const std::string_view name, const std::string_view value) {
    return std::string(",\"").append(name).append("\":").append(value);
}

/// Of a text that needs no escapes.
std::string plain_field(const std::string_view name, const std::string_view text) {
    return std::string(",\"").append(name).append("\":\"").append(text).append("\"");
}

std::string json_of(const Identifier& identifier) {
    return json::serialize(Wire<Identifier>::write(identifier, {}));
}

std::string json_of(const std::span<const Identifier> identifiers) {
    std::string text = "[";
    for (const auto& identifier : identifiers) {
        if (text.size() > 1) text += ',';
        text += json_of(identifier);
    }
    return text + ']';
}

}  // namespace

UserEvents::UserEvents(storage::Transaction& transaction, const Services& services, const std::string& app_id,
                       std::string user_id, std::optional<CallCorrelationId> correlation_id)
    : recorder_(transaction, services, app_id),
      now_(format_timestamp(transaction.now())),
      user_id_(std::move(user_id)),
      correlation_id_(std::move(correlation_id)) {}

void UserEvents::created(const std::span<const Identifier> identifiers, const std::string_view profile) {
    record(EventType::user_created, field_text("identifiers", json_of(identifiers)) +
                                        field_text("profile", profile) + plain_field("source", "api") +
                                        plain_field("created_at", now_));
}

void UserEvents::deleted() {
    record(EventType::user_deleted, plain_field("deleted_at", now_));
}

void UserEvents::profile_updated(const std::string_view profile, const Timestamp updated_at) {
    record(EventType::user_profile_updated,
           field_text("profile", profile) + plain_field("updated_at", format_timestamp(updated_at)));
}

void UserEvents::identifier_created(const Identifier& identifier) {
    record(EventType::user_identifier_created,
           field_text("identifier", json_of(identifier)) + plain_field("created_at", now_));
}

void UserEvents::identifier_deleted(const Identifier& identifier) {
    record(EventType::user_identifier_deleted,
           field_text("identifier", json_of(identifier)) + plain_field("deleted_at", now_));
}

void UserEvents::session_created(const std::string_view session_id, const Identifier& identifier,
                                 const std::string_view metadata) {
    record(EventType::user_session_created,
           plain_field("session_id", session_id) + field_text("identifier", json_of(identifier)) +
               field_text("metadata", metadata) + plain_field("created_at", now_));
}

void UserEvents::session_revoked(const std::string_view session_id) {
    record(EventType::user_session_revoked,
           plain_field("session_id", session_id) + plain_field("revoked_at", now_));
}

void UserEvents::record(const EventType type, std::string fields) {
    auto payload = R"({"user_id":")" + user_id_ + '"' + std::move(fields);
    storage::Event event{.type = type,
                         .client_id = {},
                         .correlation_id = {},
                         .payload = {},
                         .created_at = {},
                         .user_id = user_id_};
    if (correlation_id_) {
        payload += field_text("correlation_id", json::serialize(json::string(correlation_id_->text)));
        event.correlation_id = correlation_id_->text;
    }
    event.payload = std::move(payload) + '}';
    recorder_.record(event);
}

}  // namespace gateway::api
