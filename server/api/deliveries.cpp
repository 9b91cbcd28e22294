#include "server/api/deliveries.hpp"

#include "server/api/api_errors.hpp"
#include "server/api/test_event.hpp"
#include "storage/tables/events.hpp"
#include "storage/tables/replays.hpp"

#include <utility>

namespace gateway::api {

using storage::Snapshot;
using storage::Transaction;

namespace {

std::optional<Timestamp> time_of(const std::optional<DateTime>& time) {
    return time ? std::optional(time->time) : std::nullopt;
}

std::int64_t below(const std::optional<Cursor>& cursor) {
    return cursor ? cursor->place : storage::newest;
}

template <class Item>
std::optional<Cursor> cursor_of(const storage::Page<Item>& page) {
    return page.next ? std::optional(Cursor{*page.next}) : std::nullopt;
}

Attempt to_response(storage::PastAttempt attempt) {
    return {.id = std::move(attempt.id),
            .started_at = {attempt.started_at},
            .duration_ms = static_cast<int>(attempt.duration.count()),
            .event_ids = std::move(attempt.event_ids),
            .http_code = attempt.http_code,
            .outcome = std::move(attempt.outcome),
            .response = std::move(attempt.response)};
}

}  // namespace

Delivery to_response(storage::Delivery delivery) {
    Delivery response{.event_id = std::move(delivery.event_id),
                      .type = delivery.type,
                      .status = delivery.state,
                      .attempts = delivery.attempts,
                      .next_attempt_at = {},
                      .last_outcome = std::move(delivery.last_outcome),
                      .created_at = {delivery.created_at}};
    if (delivery.next_attempt_at) response.next_attempt_at = DateTime{*delivery.next_attempt_at};
    return response;
}

Result<DeliveriesResponse> list_deliveries(Snapshot& snapshot, const ListDeliveriesRequest& request) {
    const auto webhook = storage::find_webhook(snapshot, request.app_id, request.webhook_id);
    if (!webhook) return webhook_not_found();
    const storage::DeliveryFilter filter{.state = request.status,
                                         .type = request.type,
                                         .since = time_of(request.since),
                                         .until = time_of(request.until)};
    auto page = storage::list_deliveries(snapshot, webhook->number, filter, below(request.cursor),
                                         request.limit.value_or(PageLimit{}).items);
    DeliveriesResponse response{.deliveries = {}, .next_cursor = cursor_of(page)};
    for (auto& delivery : page.items)
        response.deliveries.push_back(to_response(std::move(delivery)));
    return response;
}

Result<AttemptsResponse> list_attempts(Snapshot& snapshot, const ListAttemptsRequest& request) {
    const auto webhook = storage::find_webhook(snapshot, request.app_id, request.webhook_id);
    if (!webhook) return webhook_not_found();
    const storage::AttemptFilter filter{
        .outcome = request.outcome, .since = time_of(request.since), .until = time_of(request.until)};
    auto page = storage::list_attempts(snapshot, webhook->number, filter, below(request.cursor),
                                       request.limit.value_or(PageLimit{}).items);
    AttemptsResponse response{.attempts = {}, .next_cursor = cursor_of(page)};
    for (auto& attempt : page.items)
        response.attempts.push_back(to_response(std::move(attempt)));
    return response;
}

Result<DeliveryResponse> retry_delivery(Transaction& transaction, const DeliveryRequest& request,
                                        const Services& services) {
    const auto webhook = storage::find_webhook(transaction, request.app_id, request.webhook_id);
    if (!webhook) return webhook_not_found();
    const auto event = storage::find_event(transaction, request.app_id, request.event_id);
    const auto expires_at = transaction.now() + services.expire_after;
    if (!event || !storage::queue_again(transaction, event->number, webhook->number, expires_at))
        return delivery_not_found();
    if (services.feed) {
        transaction.after_commit(
            [feed = services.feed, number = webhook->number] { feed->webhook_changed(number); });
    }
    return DeliveryResponse{
        to_response(*storage::find_delivery(transaction, event->number, webhook->number))};
}

namespace {

using enum ErrorCode;

constexpr std::string_view deliveries_path = "/v2/session/apps/{appID}/webhooks/{webhookID}/deliveries";
constexpr std::string_view attempts_path = "/v2/session/apps/{appID}/webhooks/{webhookID}/attempts";

constexpr std::string_view retry_path =
    "/v2/session/apps/{appID}/webhooks/{webhookID}/deliveries/{eventID}/retry";
constexpr std::string_view test_path = "/v2/session/apps/{appID}/webhooks/{webhookID}/test";

constexpr Operation operations[] = {
    {.id = "listDeliveries",
     .summary = "List what became of events at a webhook",
     .routes = Route{Method::get, deliveries_path},
     .errors = {invalid_request, webhook_not_found},
     .performer = read<list_deliveries>},
    {.id = "listAttempts",
     .summary = "List the requests that were made to a webhook",
     .routes = Route{Method::get, attempts_path},
     .errors = {invalid_request, webhook_not_found},
     .performer = read<list_attempts>},
    {.id = "retryDelivery",
     .summary = "Send an event again to a webhook at once, whatever became of it",
     .routes = Route{Method::post, retry_path},
     .success = Success::accepted,
     .errors = {webhook_not_found, delivery_not_found},
     .performer = write<retry_delivery>},
    {.id = "sendTestEvent",
     .summary = "Send an example of an event to a webhook alone",
     .routes = Route{Method::post, test_path},
     .success = Success::accepted,
     .errors = {invalid_request, invalid_webhook_event, webhook_not_found},
     .performer = write<send_test_event>},
};

}  // namespace

std::span<const Operation> delivery_operations() noexcept {
    return operations;
}

}  // namespace gateway::api
