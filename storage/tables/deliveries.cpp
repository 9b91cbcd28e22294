#include "storage/tables/deliveries.hpp"

#include "storage/engine/transaction.hpp"
#include "storage/tables/events.hpp"
#include "storage/tables/number_list.hpp"
#include "storage/values/unreadable.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace gateway::storage {

namespace {

constexpr char due_columns[] =
    "SELECT events.number, id, type, payload, created_at, test, alone FROM deliveries"
    " JOIN events ON events.number = deliveries.event WHERE webhook = ? AND state = 'pending' AND ";
// Those that wait for nothing lie in the index in their own order, those that failed in that of their times.
constexpr auto select_new = sql_text(due_columns, "next_attempt_at IS NULL ORDER BY deliveries.event");
constexpr auto select_again = sql_text(due_columns, "next_attempt_at <= ? ORDER BY next_attempt_at");

/// Adds `most` events at most; false when there are more.
bool take_events(Query& row, const std::size_t most, const std::size_t most_bytes,
                 std::vector<DueEvent>& events) {
    std::size_t bytes = 0;
    for (std::size_t taken = 0; row.step(); ++taken) {
        if (taken == most || bytes >= most_bytes) return false;
        events.push_back({.number = row.integer(0),
                          .id = std::string(row.text(1)),
                          .type = std::string(row.text(2)),
                          .payload = std::string(row.text(3)),
                          .created_at = std::string(row.text(4)),
                          .test = row.boolean(5),
                          .alone = row.boolean(6)});
        bytes += events.back().payload.size();
    }
    return true;
}

}  // namespace

std::optional<Target> find_target(Snapshot& snapshot, const std::int64_t webhook) {
    Query row = snapshot.query(
        "SELECT id, app_id, url, active, failures, failing_since, not_before, batch_events"
        " FROM webhooks LEFT JOIN webhook_health ON webhook = number WHERE number = ?",
        webhook);
    if (!row.step()) return std::nullopt;
    Target target{.number = webhook,
                  .id = std::string(row.text(0)),
                  .app_id = std::string(row.text(1)),
                  .url = std::string(row.text(2)),
                  .active = row.boolean(3),
                  .health = {}};
    if (row.is_null(4)) return target;
    target.health.failures = static_cast<int>(row.integer(4));
    if (!row.is_null(7)) target.health.batch_events = static_cast<int>(row.integer(7));
    try {
        target.health.failing_since = row.optional_timestamp(5);
        target.health.not_before = row.optional_timestamp(6);
    } catch (const UnreadableValue&) {
        target.active = false;
    }
    return target;
}

DueEvents find_due(Snapshot& snapshot, const std::int64_t webhook, const Timestamp now,
                   const std::size_t most, const std::size_t most_bytes) {
    DueEvents due;
    Query fresh = snapshot.query(select_new.data(), webhook);
    Query again = snapshot.query(select_again.data(), webhook, now);
    const bool all_fresh = take_events(fresh, most, most_bytes, due.events);
    const bool all_again = take_events(again, most, most_bytes, due.events);
    // What failed alone would fail first each time, and hold all others, while a receiver takes one event at
    // a time.
    std::ranges::sort(due.events, {},
                      [](const DueEvent& event) { return std::pair(event.alone, event.number); });
    due.more = !all_fresh || !all_again;
    if (due.events.size() > most) {
        due.events.resize(most);
        due.more = true;
    }
    Query next = snapshot.query(
        "SELECT min(next_attempt_at) FROM deliveries WHERE webhook = ? AND state = 'pending'"
        " AND next_attempt_at > ?",
        webhook, now);
    next.step();
    due.next = next.optional_timestamp(0);
    due.newest_event = last_event(snapshot);
    return due;
}

std::vector<std::int64_t> webhooks_with_pending(Snapshot& snapshot, std::int64_t after,
                                                const std::size_t most) {
    std::vector<std::int64_t> webhooks;
    while (webhooks.size() < most) {
        Query row = snapshot.query(
            "SELECT min(webhook) FROM deliveries WHERE state = 'pending' AND webhook > ?", after);
        row.step();
        if (row.is_null(0)) break;
        after = row.integer(0);
        webhooks.push_back(after);
    }
    return webhooks;
}

std::optional<Standing> find_standing(Snapshot& snapshot, const std::int64_t event,
                                      const std::int64_t webhook) {
    Query row = snapshot.query(
        "SELECT attempts, created_at, expires_at FROM deliveries JOIN events ON number = event"
        " WHERE event = ? AND webhook = ? AND state = 'pending'",
        event, webhook);
    if (!row.step()) return std::nullopt;
    return Standing{.attempts = static_cast<int>(row.integer(0)),
                    .created_at = row.timestamp(1),
                    .expires_at = row.optional_timestamp(2)};
}

void mark_delivered(Transaction& transaction, const std::int64_t event, const std::int64_t webhook) {
    transaction.execute(
        "UPDATE deliveries SET state = 'delivered', attempts = attempts + 1, next_attempt_at = NULL,"
        " last_failure = NULL WHERE event = ? AND webhook = ?",
        event, webhook);
}

void mark_failed(Transaction& transaction, const std::int64_t event, const std::int64_t webhook,
                 const std::optional<Timestamp> next, const std::string_view failure, const bool alone) {
    transaction.execute(
        "UPDATE deliveries SET state = ?, attempts = attempts + 1, next_attempt_at = ?, last_failure = ?,"
        " alone = max(alone, ?) WHERE event = ? AND webhook = ?",
        next ? "pending" : "expired", next, failure, alone, event, webhook);
}

void insert_attempt(Transaction& transaction, const Attempt& attempt) {
    transaction.execute(
        "INSERT INTO attempts (id, webhook, started_at, duration_ms, events, http_code, outcome, response)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        attempt.id, attempt.webhook, attempt.started_at, attempt.duration.count(), json_list(attempt.events),
        attempt.http_code, attempt.outcome, attempt.response);
}

void set_health(Transaction& transaction, const std::int64_t webhook, const Health& health,
                const int http_code, const Timestamp when) {
    const auto write = [&](const Sql sql) {
        return transaction.execute(sql, http_code, when, health.failures, health.failing_since,
                                   health.not_before, health.batch_events, webhook);
    };
    // The row is there nearly always, and ON CONFLICT costs more than looking.
    const bool is_there =
        write(
            "UPDATE webhook_health SET last_http_code = ?, last_http_code_date = ?, failures = ?,"
            " failing_since = ?, not_before = ?, batch_events = ? WHERE webhook = ?") > 0;
    if (!is_there)
        write(
            "INSERT INTO webhook_health (last_http_code, last_http_code_date, failures, failing_since,"
            " not_before, batch_events, webhook) VALUES (?, ?, ?, ?, ?, ?, ?)");
}

void note_deactivation(Transaction& transaction, const std::int64_t webhook, const std::string_view because) {
    transaction.execute(
        "UPDATE webhook_health SET deactivated_at = ?, deactivated_because = ?, operator_told_at = NULL"
        " WHERE webhook = ?",
        transaction.now(), because, webhook);
}

std::optional<Deactivation> find_untold_deactivation(Snapshot& snapshot) {
    Query row = snapshot.query(
        "SELECT webhook, id, app_id, coalesce(deactivated_because, ''), failures, coalesce(failing_since, "
        "''),"
        " deactivated_at FROM webhook_health JOIN webhooks ON number = webhook"
        " WHERE deactivated_at IS NOT NULL AND operator_told_at IS NULL ORDER BY webhook LIMIT 1");
    if (!row.step()) return std::nullopt;
    return Deactivation{.webhook = row.integer(0),
                        .webhook_id = std::string(row.text(1)),
                        .app_id = std::string(row.text(2)),
                        .because = std::string(row.text(3)),
                        .failures = static_cast<int>(row.integer(4)),
                        .failing_since = std::string(row.text(5)),
                        .deactivated_at = std::string(row.text(6))};
}

void mark_told(Transaction& transaction, const Deactivation& deactivation) {
    transaction.execute(
        "UPDATE webhook_health SET operator_told_at = ? WHERE webhook = ? AND deactivated_at = ?",
        transaction.now(), deactivation.webhook, deactivation.deactivated_at);
}

}  // namespace gateway::storage
