// The operations of the Deliveries tag: what became of events at a webhook, and steering it.
#pragma once

#include "server/api/operation.hpp"
#include "server/api/paging.hpp"
#include "server/api/webhooks.hpp"
#include "storage/engine/transaction.hpp"
#include "storage/tables/delivery_queries.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace gateway::api {

template <>
struct Words<storage::DeliveryState> {
    static constexpr std::span<const std::string_view> names = storage::delivery_state_names;
    static constexpr std::string_view schema_name = "DeliveryStatusEnum";
};

inline constexpr FieldText status_text{
    "status", "pending: it is still tried; delivered; expired: it is tried no more."};
inline constexpr FieldText type_text{"type", "The event's type."};

struct ListDeliveriesRequest {
    std::string app_id;
    std::string webhook_id;
    std::optional<storage::DeliveryState> status;
    std::optional<EventType> type;
    std::optional<DateTime> since;
    std::optional<DateTime> until;
    std::optional<PageLimit> limit;
    std::optional<Cursor> cursor;

    static constexpr auto describe() {
        using Request = ListDeliveriesRequest;
        return message(
            "ListDeliveriesRequest", field(&Request::app_id, app_id_text),
            field(&Request::webhook_id, webhook_id_text), field(&Request::status, status_text),
            field(&Request::type, type_text),
            field(&Request::since, {"since", "Only of events that were published at this time or later."}),
            field(&Request::until, {"until", "Only of events that were published before this time."}),
            field(&Request::limit, limit_text), field(&Request::cursor, cursor_text));
    }
};

struct Delivery {
    std::string event_id;
    EventType type{};
    storage::DeliveryState status{};
    int attempts = 0;
    std::optional<DateTime> next_attempt_at;
    std::optional<std::string> last_outcome;
    DateTime created_at;

    static constexpr auto describe() {
        return message(
            "Delivery",
            field(&Delivery::event_id, {"event_id", "The event.", R"("evt_01jqebhswje1ka1z7ahr9rfsgt")"}),
            field(&Delivery::type, type_text), field(&Delivery::status, status_text),
            field(&Delivery::attempts,
                  {"attempts", "How often it was sent since it was queued, or queued again."}),
            field(&Delivery::next_attempt_at,
                  {"next_attempt_at", "When it is due again. Not there: at once, or it is not pending."}),
            field(&Delivery::last_outcome, {"last_outcome",
                                            "What the last attempt came to: delivered, http_status, or the "
                                            "word of the step that failed.",
                                            R"("delivered", "timeout")"}),
            field(&Delivery::created_at, {"created_at", "When the event was published."}));
    }
};

struct DeliveriesResponse {
    std::vector<Delivery> deliveries;
    std::optional<Cursor> next_cursor;

    static constexpr auto describe() {
        using Response = DeliveriesResponse;
        return message("DeliveriesResponse", field(&Response::deliveries, {"deliveries", "Newest first."}),
                       field(&Response::next_cursor, next_cursor_text));
    }
};

struct ListAttemptsRequest {
    std::string app_id;
    std::string webhook_id;
    std::optional<std::string> outcome;
    std::optional<DateTime> since;
    std::optional<DateTime> until;
    std::optional<PageLimit> limit;
    std::optional<Cursor> cursor;

    static constexpr auto describe() {
        using Request = ListAttemptsRequest;
        return message("ListAttemptsRequest", field(&Request::app_id, app_id_text),
                       field(&Request::webhook_id, webhook_id_text),
                       field(&Request::outcome,
                             {"outcome", "Only those that came to this.", R"("http_status", "timeout")"}),
                       field(&Request::since, {"since", "Only those that began at this time or later."}),
                       field(&Request::until, {"until", "Only those that began before this time."}),
                       field(&Request::limit, limit_text), field(&Request::cursor, cursor_text));
    }
};

struct Attempt {
    std::string id;
    DateTime started_at;
    int duration_ms = 0;
    std::vector<std::string> event_ids;
    std::optional<int> http_code;
    std::string outcome;
    std::optional<std::string> response;

    static constexpr auto describe() {
        return message(
            "Attempt",
            field(&Attempt::id, {"id", "The attempt's id.", R"("att_01jqebhswje1ka1z7ahr9rfsgt")"}),
            field(&Attempt::started_at, {"started_at", "When the request was begun."}),
            field(&Attempt::duration_ms, {"duration_ms", "How long it took, in milliseconds."}),
            field(&Attempt::event_ids, {"event_ids", "What was in it, in the order of its body."}),
            field(&Attempt::http_code, {"http_code", "The answer's status. Not there: it was not answered."}),
            field(&Attempt::outcome,
                  {"outcome", "delivered, http_status, or the word of the step that failed.",
                   R"("delivered", "timeout")"}),
            field(&Attempt::response,
                  {"response", "Of a failed one that was answered: how the answer's body begins."}));
    }
};

struct AttemptsResponse {
    std::vector<Attempt> attempts;
    std::optional<Cursor> next_cursor;

    static constexpr auto describe() {
        using Response = AttemptsResponse;
        return message("AttemptsResponse", field(&Response::attempts, {"attempts", "Newest first."}),
                       field(&Response::next_cursor, next_cursor_text));
    }
};

/// Of the operations on one delivery.
struct DeliveryRequest {
    std::string app_id;
    std::string webhook_id;
    std::string event_id;

    static constexpr auto describe() {
        return message("DeliveryRequest", field(&DeliveryRequest::app_id, app_id_text),
                       field(&DeliveryRequest::webhook_id, webhook_id_text),
                       field(&DeliveryRequest::event_id,
                             {"event_id", "The event.", R"("evt_01jqebhswje1ka1z7ahr9rfsgt")"}));
    }
};

struct DeliveryResponse {
    Delivery delivery;

    static constexpr auto describe() {
        return message("DeliveryResponse", field(&DeliveryResponse::delivery, {"delivery", {}}));
    }
};

Delivery to_response(storage::Delivery delivery);

/// `webhook_not_found`, here and below.
Result<DeliveriesResponse> list_deliveries(storage::Snapshot& snapshot, const ListDeliveriesRequest& request);

Result<AttemptsResponse> list_attempts(storage::Snapshot& snapshot, const ListAttemptsRequest& request);

/// Makes the delivery due now, whatever its status; its schedule and its time until it expires begin anew.
/// `delivery_not_found`.
Result<DeliveryResponse> retry_delivery(storage::Transaction& transaction, const DeliveryRequest& request,
                                        const Services& services);

std::span<const Operation> delivery_operations() noexcept;

}  // namespace gateway::api
