#include "storage/tables/replays.hpp"

#include "storage/engine/transaction.hpp"
#include "storage/tables/event_walk.hpp"
#include "storage/tables/events.hpp"
#include "storage/values/unreadable.hpp"

#include <algorithm>

namespace gateway::storage {

namespace {

constexpr std::size_t most_events = 200;
constexpr int most_candidates = 2'000;

constexpr char selection[] =
    "SELECT number, id, webhook, since, until, delivery_state, type, status, position, last_event, matched, "
    "queued, created_at, ended_at FROM replays WHERE ";
constexpr auto select_by_id = sql_text(selection, "id = ?");
constexpr auto select_running = sql_text(selection, "number = ? AND status = 'running'");

constexpr Sql of_audience =
    "SELECT number FROM events WHERE audience = ? AND number > ? ORDER BY number LIMIT ?";

template <class Enum, std::size_t Size>
Enum word_at(const Query& row, const int column, const std::array<std::string_view, Size>& names,
             const std::string_view column_name) {
    const auto place = std::ranges::find(names, row.text(column));
    if (place == names.end())
        throw UnreadableValue(column_name, row.text(column), "a word that this version knows");
    return static_cast<Enum>(place - names.begin());
}

std::optional<Replay> next_replay(Query& row) {
    if (!row.step()) return std::nullopt;
    Replay replay{.number = row.integer(0),
                  .id = std::string(row.text(1)),
                  .webhook = row.integer(2),
                  .since = row.timestamp(3),
                  .until = row.optional_timestamp(4),
                  .state = {},
                  .type = {},
                  .status = word_at<ReplayStatus>(row, 7, replay_status_names, "status"),
                  .position = row.integer(8),
                  .last_event = row.integer(9),
                  .matched = {},
                  .queued = row.integer(11),
                  .created_at = row.timestamp(12),
                  .ended_at = row.optional_timestamp(13)};
    if (!row.is_null(5))
        replay.state = word_at<DeliveryState>(row, 5, delivery_state_names, "delivery_state");
    if (!row.is_null(6)) replay.type = word_at<EventType>(row, 6, event_type_names, "type");
    if (!row.is_null(10)) replay.matched = row.integer(10);
    return replay;
}

/// The webhook of a replay, as far as it matters.
struct Subscriber {
    std::string app_id;
    EventSet events;
};

std::optional<Subscriber> find_subscriber(Snapshot& snapshot, const std::int64_t webhook) {
    Query row = snapshot.query("SELECT app_id, events FROM webhooks WHERE number = ?", webhook);
    if (!row.step()) return std::nullopt;
    Subscriber subscriber{std::string(row.text(0)), {}};
    try {
        subscriber.events = parse_event_set(row.text(1));
    } catch (const UnreadableValue&) {  // it is subscribed to none
    }
    return subscriber;
}

/// Which together come past everything that the replay may queue.
std::vector<EventWalk> walks_of(Snapshot& snapshot, const Replay& replay, const Subscriber& subscriber,
                                const std::int64_t position) {
    std::vector<EventWalk> walks;
    const auto add_each = [&](Query row) {
        while (row.step())
            if (!replay.type || row.text(1) == to_string(*replay.type))
                walks.emplace_back(of_audience, row.integer(0), position);
    };
    if (replay.state) {
        add_each(
            snapshot.query("SELECT audience, type FROM audience_members"
                           " JOIN audiences ON audiences.number = audience WHERE webhook = ?",
                           replay.webhook));
    } else {
        add_each(snapshot.query("SELECT number, type FROM audiences WHERE app_id = ?", subscriber.app_id));
    }
    return walks;
}

/// Whether the webhook is subscribed to an event that it has no delivery of.
bool may_have(Snapshot& snapshot, const std::int64_t event, const Subscriber& subscriber) {
    Query row = snapshot.query("SELECT type, test FROM events WHERE number = ?", event);
    if (!row.step() || row.boolean(1)) return false;
    const auto type = parse_event_type(row.text(0));
    return type && subscriber.events.contains(*type);
}

bool fits(Snapshot& snapshot, const std::int64_t event, const Replay& replay, const Subscriber& subscriber) {
    Query row =
        snapshot.query("SELECT state FROM deliveries WHERE event = ? AND webhook = ?", event, replay.webhook);
    if (!row.step()) return !replay.state && may_have(snapshot, event, subscriber);
    return !replay.state || row.text(0) == delivery_state_names[static_cast<std::size_t>(*replay.state)];
}

}  // namespace

bool queue_again(Transaction& transaction, const std::int64_t event, const std::int64_t webhook,
                 const Timestamp expires_at) {
    return transaction.execute(
               "UPDATE deliveries SET state = 'pending', attempts = 0, next_attempt_at = NULL, expires_at = ?"
               " WHERE event = ? AND webhook = ?",
               expires_at, event, webhook) == 1;
}

void find_range(Snapshot& snapshot, Replay& replay) {
    replay.position = first_event_since(snapshot, replay.since) - 1;
    replay.last_event = replay.until ? first_event_since(snapshot, *replay.until) - 1 : last_event(snapshot);
}

void insert_replay(Transaction& transaction, const Replay& replay) {
    std::optional<std::string_view> state;
    if (replay.state) state = delivery_state_names[static_cast<std::size_t>(*replay.state)];
    std::optional<std::string_view> type;
    if (replay.type) type = to_string(*replay.type);
    transaction.execute(
        "INSERT INTO replays (id, webhook, since, until, delivery_state, type, position, last_event, "
        "created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        replay.id, replay.webhook, replay.since, replay.until, state, type, replay.position,
        replay.last_event, replay.created_at);
}

std::optional<Replay> find_replay(Snapshot& snapshot, const std::string& id) {
    Query row = snapshot.query(select_by_id.data(), id);
    return next_replay(row);
}

std::optional<Replay> find_running_replay(Snapshot& snapshot, const std::int64_t number) {
    Query row = snapshot.query(select_running.data(), number);
    return next_replay(row);
}

bool has_running_replay(Snapshot& snapshot, const std::int64_t webhook) {
    return snapshot.query("SELECT 1 FROM replays WHERE webhook = ? AND status = 'running'", webhook).step();
}

std::vector<std::int64_t> running_replays(Snapshot& snapshot) {
    std::vector<std::int64_t> numbers;
    Query row = snapshot.query("SELECT number FROM replays WHERE status = 'running'");
    while (row.step())
        numbers.push_back(row.integer(0));
    std::ranges::sort(numbers);
    return numbers;
}

void cancel_replay(Transaction& transaction, const std::int64_t number) {
    transaction.execute(
        "UPDATE replays SET status = 'cancelled', ended_at = ? WHERE number = ? AND status = 'running'",
        transaction.now(), number);
}

void set_matched(Transaction& transaction, const std::int64_t number, const std::int64_t matched) {
    transaction.execute("UPDATE replays SET matched = ? WHERE number = ? AND status = 'running'", matched,
                        number);
}

ReplayPart next_part(Snapshot& snapshot, const Replay& replay, const std::int64_t position) {
    ReplayPart part{.events = {}, .position = position, .is_last = false};
    const auto subscriber = find_subscriber(snapshot, replay.webhook);
    auto walks = subscriber ? walks_of(snapshot, replay, *subscriber, position) : std::vector<EventWalk>();
    for (int looked_at = 0; looked_at < most_candidates && part.events.size() < most_events; ++looked_at) {
        const auto event = next_of(snapshot, walks, Order::oldest_first);
        part.is_last = !event || *event > replay.last_event;
        if (part.is_last) break;
        part.position = *event;
        if (fits(snapshot, *event, replay, *subscriber)) part.events.push_back(*event);
    }
    return part;
}

bool queue_part(Transaction& transaction, const Replay& replay, const ReplayPart& part,
                const Timestamp expires_at) {
    const auto now = part.is_last ? std::optional(transaction.now()) : std::nullopt;
    const auto status = replay_status_names[part.is_last ? 1 : 0];
    const int moved = transaction.execute(
        "UPDATE replays SET position = ?, queued = queued + ?, status = ?, ended_at = ?"
        " WHERE number = ? AND status = 'running' AND position = ?",
        part.position, part.events.size(), status, now, replay.number, replay.position);
    if (moved == 0) return false;
    for (const auto event : part.events) {
        // Its event may have been taken away since the part was looked up.
        transaction.execute(
            "INSERT INTO deliveries (event, webhook, expires_at) SELECT number, ?, ? FROM events WHERE "
            "number = ?"
            " ON CONFLICT (event, webhook) DO UPDATE SET state = 'pending', attempts = 0, next_attempt_at = "
            "NULL,"
            " expires_at = excluded.expires_at",
            replay.webhook, expires_at, event);
        transaction.execute(
            "INSERT INTO audience_members (webhook, audience) SELECT ?, audience FROM events WHERE number = ?"
            " ON CONFLICT (webhook, audience) DO NOTHING",
            replay.webhook, event);
    }
    return true;
}

}  // namespace gateway::storage
