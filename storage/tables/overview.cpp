#include "storage/tables/overview.hpp"

#include "storage/engine/transaction.hpp"

#include <algorithm>
#include <chrono>

namespace gateway::storage {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds minute = 1min;

std::int64_t number(Query row) {
    row.step();
    return row.integer(0);
}

/// Of `count` that came since `first`, or of all of a minute where it is less than what is counted.
std::int64_t per_minute(const std::int64_t count, const bool all, const Timestamp first,
                        const Timestamp now) {
    if (all) return count;
    const auto took = std::max<std::chrono::milliseconds>(now - first, 1ms);
    return count * minute.count() / took.count();
}

std::int64_t events_per_minute(Snapshot& snapshot) {
    const auto since = snapshot.now() - minute;
    std::int64_t count = 0;
    Timestamp first = snapshot.now();
    Query row = snapshot.query("SELECT created_at FROM events ORDER BY number DESC LIMIT ?", count_limit);
    while (row.step() && row.timestamp(0) > since) {
        first = row.timestamp(0);
        ++count;
    }
    return per_minute(count, count < count_limit, first, snapshot.now());
}

}  // namespace

Inventory count_inventory(Snapshot& snapshot) {
    Inventory inventory;
    inventory.apps = number(snapshot.query("SELECT count(*) FROM (SELECT 1 FROM apps LIMIT ?)", count_limit));
    inventory.tokens =
        number(snapshot.query("SELECT count(*) FROM (SELECT 1 FROM api_tokens WHERE revoked_at IS NULL"
                              " AND (expires_at IS NULL OR expires_at > ?) LIMIT ?)",
                              snapshot.now(), count_limit));
    inventory.users =
        number(snapshot.query("SELECT count(*) FROM (SELECT 1 FROM users LIMIT ?)", count_limit));
    Query webhooks = snapshot.query(
        "SELECT coalesce(sum(active), 0), coalesce(sum(NOT active), 0)"
        " FROM (SELECT active FROM webhooks LIMIT ?)",
        count_limit);
    webhooks.step();
    inventory.active_webhooks = webhooks.integer(0);
    inventory.inactive_webhooks = webhooks.integer(1);
    return inventory;
}

LastMinute rates_of_last_minute(Snapshot& snapshot) {
    LastMinute rates{.events = events_per_minute(snapshot), .attempts = {}};
    Query row = snapshot.query(
        "SELECT outcome, count(*), min(started_at) FROM (SELECT outcome, started_at FROM attempts"
        " WHERE started_at > ? ORDER BY started_at DESC LIMIT ?) GROUP BY outcome ORDER BY outcome",
        snapshot.now() - minute, count_limit);
    std::int64_t all = 0;
    Timestamp first = snapshot.now();
    while (row.step()) {
        rates.attempts.push_back({std::string(row.text(0)), row.integer(1)});
        all += row.integer(1);
        first = std::min(first, row.timestamp(2));
    }
    for (auto& outcome : rates.attempts)
        outcome.per_minute = per_minute(outcome.per_minute, all < count_limit, first, snapshot.now());
    return rates;
}

std::vector<FailingReceiver> worst_receivers(Snapshot& snapshot) {
    Query row = snapshot.query(
        "SELECT webhooks.id, webhooks.app_id, webhooks.url, worst.failures, worst.failing_since,"
        " worst.not_before, last.outcome, last.http_code"
        " FROM (SELECT webhook, failures, failing_since, not_before FROM webhook_health WHERE failures > 0"
        " ORDER BY failures DESC, webhook LIMIT 10) AS worst"
        " JOIN webhooks ON webhooks.number = worst.webhook"
        " LEFT JOIN attempts AS last"
        " ON last.number = (SELECT max(number) FROM attempts WHERE attempts.webhook = worst.webhook)"
        " ORDER BY worst.failures DESC, worst.webhook");
    std::vector<FailingReceiver> receivers;
    while (row.step()) {
        auto& receiver = receivers.emplace_back();
        receiver.webhook_id = row.text(0);
        receiver.app_id = row.text(1);
        receiver.url = row.text(2);
        receiver.failures = row.integer(3);
        receiver.failing_since = row.optional_timestamp(4);
        receiver.called_again_at = row.optional_timestamp(5);
        if (!row.is_null(6)) receiver.last_outcome = row.text(6);
        if (!row.is_null(7)) receiver.last_http_code = row.integer(7);
    }
    return receivers;
}

std::optional<std::string> newest_receiver(Snapshot& snapshot) {
    Query row = snapshot.query(
        "SELECT url FROM (SELECT url, active FROM webhooks ORDER BY number DESC LIMIT 1000) WHERE active "
        "LIMIT 1");
    if (!row.step()) return std::nullopt;
    return std::string(row.text(0));
}

}  // namespace gateway::storage
