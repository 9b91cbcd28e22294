#include "server/api/events.hpp"

#include "server/api/api_errors.hpp"
#include "server/api/event_recorder.hpp"
#include "server/text/plain_text.hpp"
#include "server/text/quote.hpp"
#include "storage/tables/event_queries.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <utility>

namespace gateway::api {

namespace json = boost::json;
using storage::Snapshot;
using storage::Transaction;

namespace {

constexpr std::size_t longest_client_id = 64;
constexpr std::size_t longest_correlation_id = 256;

/// The correlation id that a payload holds; a fault where it is none.
std::optional<CorrelationId> correlation_id_in(const Payload& payload, FieldReader& reader) {
    std::optional<CorrelationId> id;
    JsonText(payload.text).for_each_member([&](const JsonText key, const JsonText value) {
        if (!key.says("correlation_id")) return;
        auto read = Wire<CorrelationId>::read(reader.placed("payload.correlation_id"), value.value());
        if (read.has_error())
            reader.fault(read.error().message);
        else
            id = *std::move(read);
    });
    return id;
}

/// Puts the correlation id where receivers look for it, unless it is there.
void merge_correlation_id(Payload& payload, std::optional<CorrelationId>& given, FieldReader& reader) {
    auto inside = correlation_id_in(payload, reader);
    if (!given) {
        given = std::move(inside);
    } else if (!inside) {
        payload.text.pop_back();
        if (payload.text.size() > 1) payload.text += ',';
        payload.text.append(R"("correlation_id":)").append(json::serialize(json::string(given->text))) += '}';
    } else if (inside->text != given->text) {
        reader.fault(wrong(reader.placed("correlation_id"),
                           quote(given->text) + " here and " + quote(inside->text) + " in the payload",
                           "the same in both places")
                         .message);
    }
}

/// What there is to say of the fields of an event together.
template <class Event>
void check_event(Event& event, FieldReader& reader) {
    if (!reader.has("type")) reader.missing("type", Wire<EventType>::expected());
    if (!reader.has("payload")) reader.missing("payload", Wire<Payload>::expected());
    if (!event.payload) return;
    if (event.type) check_payload(*event.payload, *event.type, reader);
    merge_correlation_id(*event.payload, event.correlation_id, reader);
}

}  // namespace

Result<ClientId> Wire<ClientId>::parse(const std::string_view field, const std::string_view text) {
    const auto visible = [](const char c) { return c > ' ' && c < '\x7F'; };
    if (!text.empty() && text.size() <= longest_client_id && std::ranges::all_of(text, visible))
        return ClientId{std::string(text)};
    return wrong(field, quote(text), expected());
}

json::object Wire<ClientId>::schema(Components&) {
    return {{"type", "string"}, {"minLength", 1}, {"maxLength", longest_client_id}, {"pattern", "^[!-~]*$"}};
}

Result<CorrelationId> Wire<CorrelationId>::parse(const std::string_view field, const std::string_view text) {
    const auto fault = fault_in_plain_text(text, 1, longest_correlation_id);
    if (!fault) return CorrelationId{std::string(text)};
    return ApiError{ErrorCode::invalid_request, std::string(field) + ": " + *fault + "."};
}

json::object Wire<CorrelationId>::schema(Components&) {
    auto schema = schema_of_plain_text(1, longest_correlation_id);
    schema.emplace("examples", json::array{"corr_01jqebhswje1ka1z7ahr9rfsgt"});
    return schema;
}

void NewEvent::check(FieldReader& reader) {
    check_event(*this, reader);
}

Result<NewEvents> Wire<NewEvents>::read(const std::string_view field, const JsonText value) {
    const auto read_event = [](const std::string& place, const JsonText item) -> Result<NewEvent> {
        if (!item.is_object()) return wrong(place, found(item), "an object");
        FieldReader reader(item, place + ".");
        auto event = read_fields<NewEvent>(reader);
        if (!reader.good()) return reader.error(ErrorCode::invalid_request);
        return event;
    };
    auto events = read_items(field, value, 1, most_events, expected(), read_event);
    if (events.has_error()) return events.error();
    return NewEvents{*std::move(events)};
}

json::object Wire<NewEvents>::schema(Components& components) {
    return {{"type", "array"},
            {"minItems", 1},
            {"maxItems", most_events},
            {"items", message_type<NewEvent>().reference(components)}};
}

void PublishEventsRequest::check(FieldReader& reader) {
    is_list = reader.has("events");
    if (is_list) {
        for (const std::string_view name : {"type", "payload", "correlation_id", "id"})
            if (reader.has(name))
                reader.fault(std::string(name) + ": found beside events, expected in its items.");
        return;
    }
    check_event(*this, reader);
    if (!reader.good()) return;
    events.emplace().events.push_back({type, std::move(payload), std::move(correlation_id), std::move(id)});
}

namespace {

/// What all answers tell of an event.
template <class Response>
Response to_response(storage::Event event) {
    Response response{};
    response.id = std::move(event.id);
    response.type = event.type;
    response.created_at = {event.created_at};
    if (event.client_id) response.client_id = {*std::move(event.client_id)};
    if (event.correlation_id) response.correlation_id = {*std::move(event.correlation_id)};
    if (event.test) response.test = true;
    return response;
}

EventDelivery to_response(storage::DeliveryOfEvent of_event) {
    auto delivery = api::to_response(std::move(of_event.delivery));
    return {.webhook_id = std::move(of_event.webhook_id),
            .status = delivery.status,
            .attempts = delivery.attempts,
            .next_attempt_at = delivery.next_attempt_at,
            .last_outcome = std::move(delivery.last_outcome)};
}

bool is_same(const storage::Event& known, const storage::Event& wanted) {
    return known.type == wanted.type && known.payload == wanted.payload &&
           known.correlation_id == wanted.correlation_id;
}

storage::Event event_of(const NewEvent& wanted) {
    storage::Event event{.type = wanted.type.value(),
                         .client_id = {},
                         .correlation_id = {},
                         .payload = wanted.payload.value().text,
                         .created_at = {}};
    if (wanted.id) event.client_id = wanted.id->text;
    if (wanted.correlation_id) event.correlation_id = wanted.correlation_id->text;
    return event;
}

/// Publishes the events of one call.
class Publisher {
  public:
    Publisher(Transaction& transaction, const Services& services, const std::string& app_id)
        : transaction_(transaction), app_id_(app_id), recorder_(transaction, services, app_id) {}

    /// `place` is where the event stands in the request: "events[3].".
    Result<storage::Event> publish(const NewEvent& wanted, const std::string& place) {
        auto event = event_of(wanted);
        if (event.client_id) {
            auto known = storage::find_event_of_client(transaction_, app_id_, *event.client_id);
            if (known && is_same(*known, event)) return *std::move(known);
            if (known) return already_exists(place + "id", *event.client_id);
        }
        const auto audience = storage::current_audience(transaction_, app_id_, event.type);
        deliveries_ += audience.webhooks->size();
        if (deliveries_ > most_deliveries) return too_many_deliveries();
        recorder_.record(event, audience);
        return event;
    }

  private:
    static ApiError already_exists(const std::string& place, const std::string& id) {
        return {ErrorCode::event_already_exists,
                place + ": found " + quote(id) +
                    ", under which an event of other content was published; give this one an id of its own."};
    }

    static ApiError too_many_deliveries() {
        return {ErrorCode::invalid_request,
                "The request's events times the webhooks that are subscribed to them come to more than " +
                    std::to_string(most_deliveries) + " deliveries; send fewer events in one request."};
    }

    Transaction& transaction_;
    const std::string& app_id_;
    EventRecorder recorder_;
    std::size_t deliveries_ = 0;
};

}  // namespace

Result<PublishedEventsResponse> publish_events(Transaction& transaction, const PublishEventsRequest& request,
                                               const Services& services) {
    const auto room = check_room(services);
    if (room.has_error()) return room.error();
    Publisher publisher(transaction, services, request.app_id);
    PublishedEventsResponse response;
    const auto& events = request.events.value().events;
    for (std::size_t i = 0; i < events.size(); ++i) {
        const auto place = request.is_list ? "events[" + std::to_string(i) + "]." : std::string();
        auto event = publisher.publish(events[i], place);
        if (event.has_error()) return event.error();
        response.events.push_back(to_response<PublishedEvent>(*std::move(event)));
    }
    return response;
}

Result<EventResponse> get_event(Snapshot& snapshot, const EventRequest& request) {
    auto event = storage::find_event(snapshot, request.app_id, request.event_id);
    if (!event) return event_not_found();
    const auto number = event->number;
    Payload payload{std::move(event->payload)};
    EventResponse response{to_response<FullEvent>(*std::move(event))};
    response.event.payload = std::move(payload);
    for (auto& delivery : storage::deliveries_of_event(snapshot, number))
        response.event.deliveries.push_back(to_response(std::move(delivery)));
    return response;
}

Result<EventsResponse> list_events(Snapshot& snapshot, const ListEventsRequest& request) {
    storage::EventFilter filter{.type = request.type, .since = {}, .until = {}};
    if (request.since) filter.since = request.since->time;
    if (request.until) filter.until = request.until->time;
    auto page = storage::list_events(snapshot, request.app_id, filter,
                                     request.cursor ? request.cursor->place : storage::newest,
                                     request.limit.value_or(PageLimit{}).items);
    EventsResponse response;
    if (page.next) response.next_cursor = {*page.next};
    for (auto& event : page.items)
        response.events.push_back(to_response<PublishedEvent>(std::move(event)));
    return response;
}

namespace {

using enum ErrorCode;

constexpr std::string_view events_path = "/v2/session/apps/{appID}/events";
constexpr std::string_view one_event_path = "/v2/session/apps/{appID}/events/{eventID}";

constexpr Operation operations[] = {
    {.id = "publishEvents",
     .summary =
         "Publish one event or several; each goes to the active webhooks that are subscribed to its type",
     .routes = Route{Method::post, events_path},
     .success = Success::created,
     .body = Body::events,
     .errors = {invalid_request, invalid_webhook_event, event_already_exists},
     .performer = write<publish_events>},
    {.id = "listEvents",
     .summary = "List the events of an app, newest first",
     .routes = Route{Method::get, events_path},
     .errors = {invalid_request},
     .performer = read<list_events>},
    {.id = "getEvent",
     .summary = "Get an event with its payload and what became of it at each webhook",
     .routes = Route{Method::get, one_event_path},
     .errors = {event_not_found},
     .performer = read<get_event>},
};

}  // namespace

std::span<const Operation> event_operations() noexcept {
    return operations;
}

}  // namespace gateway::api
