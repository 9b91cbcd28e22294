// The operations on replays: a webhook's events of some time, queued again for it.
#pragma once

#include "server/api/context.hpp"
#include "server/api/deliveries.hpp"
#include "server/api/operation.hpp"
#include "storage/engine/transaction.hpp"
#include "storage/tables/replays.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace gateway::api {

template <>
struct Words<storage::ReplayStatus> {
    static constexpr std::span<const std::string_view> names = storage::replay_status_names;
    static constexpr std::string_view schema_name;
};

struct ReplayDeliveriesRequest {
    std::string app_id;
    std::string webhook_id;
    DateTime since;
    std::optional<DateTime> until;
    std::optional<storage::DeliveryState> status;
    std::optional<EventType> type;
    std::optional<bool> dry_run;

    static constexpr auto describe() {
        using Request = ReplayDeliveriesRequest;
        return message(
            "ReplayDeliveriesRequest", field(&Request::app_id, app_id_text),
            field(&Request::webhook_id, webhook_id_text),
            field(&Request::since, {"since", "Events that were published at this time or later."}),
            field(&Request::until,
                  {"until",
                   "Events that were published before this time, which is after since; else up to now.",
                   R"("2025-03-16T12:00:00.000Z")"}),
            field(&Request::status,
                  {"status",
                   "Only events whose delivery is so. Without it all, delivered ones too, and those that the "
                   "webhook has been subscribed to since and never had."}),
            field(&Request::type, type_text),
            field(&Request::dry_run, {"dry_run", "Only count them.", "true"}));
    }
};

struct Replay {
    std::optional<std::string> id;
    std::optional<std::int64_t> matched;
    std::optional<std::int64_t> queued;
    std::optional<storage::ReplayStatus> status;
    std::optional<DateTime> created_at;
    std::optional<DateTime> ended_at;

    static constexpr auto describe() {
        return message(
                   "Replay",
                   field(&Replay::id, {"id", "The replay's id.", R"("rpl_01jqebhswje1ka1z7ahr9rfsgt")"}),
                   field(&Replay::matched,
                         {"matched", "How many events it is about. Not there: they are being counted."}),
                   field(&Replay::queued, {"queued", "How many of them have been queued so far."}),
                   field(&Replay::status, {"status", "A cancelled one leaves what it has queued as it is."}),
                   field(&Replay::created_at, {"created_at", "When it was begun."}),
                   field(&Replay::ended_at, {"ended_at", "When it was done or cancelled."}))
            .described_as("Of a dry run `matched` alone.");
    }
};

struct ReplayResponse {
    Replay replay;

    static constexpr auto describe() {
        return message("ReplayResponse", field(&ReplayResponse::replay, {"replay", {}}));
    }
};

struct ReplayRequest {
    std::string app_id;
    std::string webhook_id;
    std::string replay_id;

    static constexpr auto describe() {
        return message("ReplayRequest", field(&ReplayRequest::app_id, app_id_text),
                       field(&ReplayRequest::webhook_id, webhook_id_text),
                       field(&ReplayRequest::replay_id,
                             {"replay_id", "The replay.", R"("rpl_01jqebhswje1ka1z7ahr9rfsgt")"}));
    }
};

/// A replay as it would begin now. `webhook_not_found`; `invalid_request` where no time is left between
/// `since` and `until`.
Result<storage::Replay> plan_replay(storage::Snapshot& snapshot, const ReplayDeliveriesRequest& request);

/// Begins one. As plan_replay(), and `replay_already_running` where one of the webhook runs.
Result<ReplayResponse> begin_replay(storage::Transaction& transaction, const ReplayDeliveriesRequest& request,
                                    const Services& services);

/// Begins one, or counts what it would queue.
boost::asio::awaitable<Result<ReplayResponse>> replay_deliveries(Context& context,
                                                                 ReplayDeliveriesRequest request);

/// `webhook_not_found` and `replay_not_found`, here and below.
Result<ReplayResponse> get_replay(storage::Snapshot& snapshot, const ReplayRequest& request);

/// One that has ended stays as it is.
Result<ReplayResponse> cancel_replay(storage::Transaction& transaction, const ReplayRequest& request);

std::span<const Operation> replay_operations() noexcept;

}  // namespace gateway::api
