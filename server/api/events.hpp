// The operations of the Events tag: what an app publishes, and what became of it.
#pragma once

#include "server/api/deliveries.hpp"
#include "server/api/mode.hpp"
#include "server/api/operation.hpp"
#include "server/api/paging.hpp"
#include "server/api/payloads.hpp"
#include "server/api/wire.hpp"
#include "storage/engine/transaction.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace gateway::api {

/// Events of one call.
inline constexpr std::size_t most_events = 100;

/// Deliveries that one call may lead to: its events, each times the webhooks that get it.
inline constexpr std::size_t most_deliveries = 10'000;

/// An id of the publisher's own: 1 to 64 visible ASCII characters.
struct ClientId {
    std::string text;
};

template <>
struct Wire<ClientId> : TextWire<ClientId> {
    static std::string expected() { return "a text of 1 to 64 visible characters"; }

    static Result<ClientId> parse(std::string_view field, std::string_view text);

    static boost::json::value write(const ClientId& id, const boost::json::storage_ptr& memory) {
        return boost::json::value(id.text, memory);
    }

    static boost::json::object schema(Components&);
};

/// What tells the receiver which of its doings an event belongs to: 1 to 256 characters, no control
/// characters.
struct CorrelationId {
    std::string text;
};

template <>
struct Wire<CorrelationId> : TextWire<CorrelationId> {
    static std::string expected() { return "a text of 1 to 256 characters"; }

    static Result<CorrelationId> parse(std::string_view field, std::string_view text);

    static boost::json::value write(const CorrelationId& id, const boost::json::storage_ptr& memory) {
        return boost::json::value(id.text, memory);
    }

    static boost::json::object schema(Components&);
};

inline constexpr FieldText event_type_text{"type", "The event type."};
inline constexpr FieldText payload_text{
    "payload", "What happened: at least the fields of its type. Receivers get it as it is written."};
inline constexpr FieldText correlation_id_text{"correlation_id",
                                               "Delivered in the payload, where it may stand at once.",
                                               R"("corr_01jqebhswje1ka1z7ahr9rfsgt")"};
inline constexpr FieldText client_id_text{
    "id", "The publisher's own id: the same id again publishes nothing again.", R"("order-1042")"};
inline constexpr FieldText event_id_text{"event_id", "The event that the request is about.",
                                         R"("evt_01jqebhswje1ka1z7ahr9rfsgt")"};
inline constexpr FieldText created_at_text{"created_at", "When it was published."};
inline constexpr FieldText test_text{"test", "It is an example that was sent to one webhook to try it.",
                                     "true"};
inline constexpr std::string_view event_fields[] = {"type", "payload"};
inline constexpr std::string_view list_fields[] = {"events"};

/// An event to publish. The payload has the correlation id in it once check() has found nothing wrong.
struct NewEvent {
    std::optional<EventType> type;
    std::optional<Payload> payload;
    std::optional<CorrelationId> correlation_id;
    std::optional<ClientId> id;

    static constexpr auto describe() {
        return message("NewEvent",
                       field(&NewEvent::type, event_type_text).with_fault(ErrorCode::invalid_webhook_event),
                       field(&NewEvent::payload, payload_text),
                       field(&NewEvent::correlation_id, correlation_id_text),
                       field(&NewEvent::id, client_id_text))
            .with_either(event_fields);
    }

    static boost::json::object rules(Components& components) { return payload_by_type(components); }

    void check(FieldReader& reader);
};

/// 1 to `most_events` of them.
struct NewEvents {
    std::vector<NewEvent> events;
};

template <>
struct Wire<NewEvents> {
    static std::string expected() { return "an array of 1 to " + std::to_string(most_events) + " events"; }

    static Result<NewEvents> read(std::string_view field, JsonText value);
    static boost::json::object schema(Components& components);
};

/// One event or several.
struct PublishEventsRequest {
    std::string app_id;
    std::optional<EventType> type;
    std::optional<Payload> payload;
    std::optional<CorrelationId> correlation_id;
    std::optional<ClientId> id;
    std::optional<NewEvents> events;  ///< all of them, also the one, once check() has found nothing wrong
    bool is_list = false;             ///< they came as a list

    static constexpr auto describe() {
        using Request = PublishEventsRequest;
        return message("PublishEventsRequest", field(&Request::app_id, app_id_text),
                       field(&Request::type, event_type_text).with_fault(ErrorCode::invalid_webhook_event),
                       field(&Request::payload, payload_text),
                       field(&Request::correlation_id, correlation_id_text),
                       field(&Request::id, client_id_text),
                       field(&Request::events, {"events",
                                                "Several events, instead of one; all are published "
                                                "or none."}))
            .with_either(event_fields, list_fields);
    }

    static boost::json::object rules(Components& components) { return payload_by_type(components); }

    void check(FieldReader& reader);
};

struct PublishedEvent {
    std::string id;
    std::optional<ClientId> client_id;
    EventType type{};
    std::optional<CorrelationId> correlation_id;
    std::optional<bool> test;  ///< true, or not there
    DateTime created_at;

    static constexpr auto describe() {
        using Event = PublishedEvent;
        return message("PublishedEvent",
                       field(&Event::id, {"id", "The event's id.", R"("evt_01jqebhswje1ka1z7ahr9rfsgt")"}),
                       field(&Event::client_id, {"client_id", "The publisher's own id.", R"("order-1042")"}),
                       field(&Event::type, event_type_text),
                       field(&Event::correlation_id, {"correlation_id", "As it was published."}),
                       field(&Event::test, test_text), field(&Event::created_at, created_at_text));
    }
};

struct PublishedEventsResponse {
    std::vector<PublishedEvent> events;

    static constexpr auto describe() {
        return message("PublishedEventsResponse",
                       field(&PublishedEventsResponse::events, {"events", "In the order of the request."}));
    }
};

struct EventRequest {
    std::string app_id;
    std::string event_id;

    static constexpr auto describe() {
        return message("EventRequest", field(&EventRequest::app_id, app_id_text),
                       field(&EventRequest::event_id, event_id_text));
    }
};

struct ListEventsRequest {
    std::string app_id;
    std::optional<EventType> type;
    std::optional<DateTime> since;
    std::optional<DateTime> until;
    std::optional<PageLimit> limit;
    std::optional<Cursor> cursor;

    static constexpr auto describe() {
        using Request = ListEventsRequest;
        return message("ListEventsRequest", field(&Request::app_id, app_id_text),
                       field(&Request::type, {"type", "Only events of this type."}),
                       field(&Request::since, {"since", "Only what was published at this time or later."}),
                       field(&Request::until, {"until", "Only what was published before this time."}),
                       field(&Request::limit, limit_text), field(&Request::cursor, cursor_text));
    }
};

struct EventsResponse {
    std::vector<PublishedEvent> events;
    std::optional<Cursor> next_cursor;

    static constexpr auto describe() {
        return message("EventsResponse", field(&EventsResponse::events, {"events", "Newest first."}),
                       field(&EventsResponse::next_cursor, next_cursor_text));
    }
};

/// What became of an event at one webhook.
struct EventDelivery {
    std::string webhook_id;
    storage::DeliveryState status{};
    int attempts = 0;
    std::optional<DateTime> next_attempt_at;
    std::optional<std::string> last_outcome;

    static constexpr auto describe() {
        using Delivery = EventDelivery;
        return message(
            "EventDelivery", field(&Delivery::webhook_id, {"webhook_id", "The webhook."}),
            field(&Delivery::status, status_text),
            field(&Delivery::attempts,
                  {"attempts", "How often it was sent in vain since it was queued, or queued again."}),
            field(&Delivery::next_attempt_at,
                  {"next_attempt_at", "When it is due again. Not there: at once, or it is not pending."}),
            field(&Delivery::last_outcome, {"last_outcome",
                                            "What the last attempt came to: delivered, http_status, or the "
                                            "word of the step that failed."}));
    }
};

/// An event with all that is known of it.
struct FullEvent {
    std::string id;
    std::optional<ClientId> client_id;
    EventType type{};
    std::optional<CorrelationId> correlation_id;
    std::optional<bool> test;  ///< true, or not there
    DateTime created_at;
    Payload payload;
    std::vector<EventDelivery> deliveries;

    static constexpr auto describe() {
        using Event = FullEvent;
        return message("Event",
                       field(&Event::id, {"id", "The event's id.", R"("evt_01jqebhswje1ka1z7ahr9rfsgt")"}),
                       field(&Event::client_id, {"client_id", "The publisher's own id.", R"("order-1042")"}),
                       field(&Event::type, event_type_text),
                       field(&Event::correlation_id, {"correlation_id", "As it was published."}),
                       field(&Event::test, test_text), field(&Event::created_at, created_at_text),
                       field(&Event::payload, {"payload", "As receivers get it."}),
                       field(&Event::deliveries,
                             {"deliveries", "Of the webhooks that were to get it and are still there."}));
    }
};

struct EventResponse {
    FullEvent event;

    static constexpr auto describe() {
        return message("EventResponse", field(&EventResponse::event, {"event", {}}));
    }
};

/// Publishes all events of the request. One whose id is known already, with the same content, is answered as
/// it is; with another it is `event_already_exists`. The app exists.
Result<PublishedEventsResponse> publish_events(storage::Transaction& transaction,
                                               const PublishEventsRequest& request, const Services& services);

/// `event_not_found` when there is none in this app.
Result<EventResponse> get_event(storage::Snapshot& snapshot, const EventRequest& request);

/// Newest first, without payloads.
Result<EventsResponse> list_events(storage::Snapshot& snapshot, const ListEventsRequest& request);

std::span<const Operation> event_operations() noexcept;

}  // namespace gateway::api
