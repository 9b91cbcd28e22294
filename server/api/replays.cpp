#include "server/api/replays.hpp"

#include "server/api/api_errors.hpp"

#include <chrono>
#include <utility>

namespace gateway::api {

using storage::Snapshot;
using storage::Transaction;

namespace {

using SteadyClock = std::chrono::steady_clock;

ReplayResponse to_response(storage::Replay replay) {
    ReplayResponse response{{.id = std::move(replay.id),
                             .matched = replay.matched,
                             .queued = replay.queued,
                             .status = replay.status,
                             .created_at = DateTime{replay.created_at},
                             .ended_at = {}}};
    if (replay.ended_at) response.replay.ended_at = DateTime{*replay.ended_at};
    return response;
}

Result<storage::Replay> existing_replay(Snapshot& snapshot, const ReplayRequest& request) {
    const auto webhook = storage::find_webhook(snapshot, request.app_id, request.webhook_id);
    if (!webhook) return webhook_not_found();
    auto replay = storage::find_replay(snapshot, request.replay_id);
    if (!replay || replay->webhook != webhook->number) return replay_not_found();
    return *std::move(replay);
}

/// Counts what a replay would queue, a part at a time, so that others are read for in between.
boost::asio::awaitable<std::int64_t> count_matches(Context& context, const storage::Replay replay) {
    std::int64_t matched = 0;
    storage::ReplayPart part{.events = {}, .position = replay.position};
    while (!part.is_last) {
        const auto begin = SteadyClock::now();
        auto look = [replay, position = part.position](Snapshot& snapshot) {
            return storage::next_part(snapshot, replay, position);
        };
        part = co_await context.runtime().database.read(std::move(look), context.deadline());
        matched += static_cast<std::int64_t>(part.events.size());
        context.extend_deadline(SteadyClock::now() - begin);
    }
    co_return matched;
}

}  // namespace

Result<storage::Replay> plan_replay(Snapshot& snapshot, const ReplayDeliveriesRequest& request) {
    const auto webhook = storage::find_webhook(snapshot, request.app_id, request.webhook_id);
    if (!webhook) return webhook_not_found();
    if (request.until && request.until->time <= request.since.time) {
        return wrong("until", format_timestamp(request.until->time),
                     "a time after since, " + format_timestamp(request.since.time));
    }
    storage::Replay replay{.webhook = webhook->number,
                           .since = request.since.time,
                           .until = {},
                           .state = request.status,
                           .type = request.type,
                           .matched = {},
                           .created_at = snapshot.now(),
                           .ended_at = {}};
    if (request.until) replay.until = request.until->time;
    storage::find_range(snapshot, replay);
    return replay;
}

Result<ReplayResponse> begin_replay(Transaction& transaction, const ReplayDeliveriesRequest& request,
                                    const Services& services) {
    auto replay = plan_replay(transaction, request);
    if (replay.has_error()) return replay.error();
    if (storage::has_running_replay(transaction, replay->webhook)) {
        return ApiError{ErrorCode::replay_already_running,
                        "A replay of the webhook runs already; wait for its end, or cancel it."};
    }
    replay->id = services.ids.next("rpl");
    storage::insert_replay(transaction, *replay);
    if (services.replay_bell) transaction.after_commit([bell = services.replay_bell] { bell->ring(); });
    return to_response(*std::move(replay));
}

boost::asio::awaitable<Result<ReplayResponse>> replay_deliveries(Context& context,
                                                                 const ReplayDeliveriesRequest request) {
    const auto app_id = request.app_id;
    if (!request.dry_run.value_or(false)) {
        auto begin = [request, &services = context.services()](Transaction& transaction) {
            return begin_replay(transaction, request, services);
        };
        co_return co_await context.write(app_id, std::move(begin));
    }
    auto plan = [request](Snapshot& snapshot) { return plan_replay(snapshot, request); };
    const auto replay = co_await context.read(app_id, std::move(plan));
    if (replay.has_error()) co_return replay.error();
    ReplayResponse response;
    response.replay.matched = co_await count_matches(context, *replay);
    context.succeed_as(Success::ok);
    co_return response;
}

Result<ReplayResponse> get_replay(Snapshot& snapshot, const ReplayRequest& request) {
    auto replay = existing_replay(snapshot, request);
    if (replay.has_error()) return replay.error();
    return to_response(*std::move(replay));
}

Result<ReplayResponse> cancel_replay(Transaction& transaction, const ReplayRequest& request) {
    const auto replay = existing_replay(transaction, request);
    if (replay.has_error()) return replay.error();
    storage::cancel_replay(transaction, replay->number);
    return get_replay(transaction, request);
}

namespace {

using enum ErrorCode;

constexpr std::string_view replays_path = "/v2/session/apps/{appID}/webhooks/{webhookID}/replay";
constexpr std::string_view replay_path = "/v2/session/apps/{appID}/webhooks/{webhookID}/replay/{replayID}";

constexpr Operation operations[] = {
    {.id = "replayDeliveries",
     .summary = "Queue a webhook's events of some time again, or count them (dry_run, answered 200)",
     .routes = Route{Method::post, replays_path},
     .success = Success::accepted,
     .other_success = Success::ok,
     .errors = {invalid_request, webhook_not_found, replay_already_running},
     .performer = handle<replay_deliveries>},
    {.id = "getReplay",
     .summary = "Get a replay: how far it is",
     .routes = Route{Method::get, replay_path},
     .errors = {webhook_not_found, replay_not_found},
     .performer = read<get_replay>},
    {.id = "cancelReplay",
     .summary = "End a replay; what it has queued stays queued",
     .routes = Route{Method::delete_, replay_path},
     .errors = {webhook_not_found, replay_not_found},
     .performer = write<cancel_replay>},
};

}  // namespace

std::span<const Operation> replay_operations() noexcept {
    return operations;
}

}  // namespace gateway::api
