#include "storage/tables/backlog.hpp"

#include "storage/engine/transaction.hpp"
#include "storage/values/unreadable.hpp"

#include <algorithm>

namespace gateway::storage {

namespace {

constexpr int most_webhooks = 200;
constexpr std::int64_t most_deliveries = 100'000;

/// Not by SQLite's count() of a limited SELECT, which takes as long.
std::int64_t count(Query row) {
    std::int64_t rows = 0;
    while (row.step())
        ++rows;
    return rows;
}

/// Nothing also where a person wrote what is no time.
std::optional<Timestamp> time(Query row) {
    if (!row.step()) return std::nullopt;
    try {
        return row.optional_timestamp(0);
    } catch (const UnreadableValue&) {
        return std::nullopt;
    }
}

bool is_active(Snapshot& snapshot, const std::int64_t webhook) {
    return snapshot.query("SELECT 1 FROM webhooks WHERE number = ? AND active", webhook).step();
}

void add(Snapshot& snapshot, const std::int64_t webhook, Backlog& backlog) {
    const auto now = snapshot.now();
    const auto due = count(snapshot.query("SELECT 1 FROM deliveries WHERE webhook = ? AND state = 'pending'"
                                          " AND next_attempt_at IS NULL LIMIT ?",
                                          webhook, most_deliveries)) +
                     count(snapshot.query("SELECT 1 FROM deliveries WHERE webhook = ? AND state = 'pending'"
                                          " AND next_attempt_at <= ? LIMIT ?",
                                          webhook, now, most_deliveries));
    backlog.due += std::min(due, most_deliveries);
    for (const auto since :
         {time(
              snapshot.query("SELECT created_at FROM events WHERE number = (SELECT min(event) FROM deliveries"
                             " WHERE webhook = ? AND state = 'pending' AND next_attempt_at IS NULL)",
                             webhook)),
          time(snapshot.query("SELECT min(next_attempt_at) FROM deliveries WHERE webhook = ?"
                              " AND state = 'pending' AND next_attempt_at <= ?",
                              webhook, now))}) {
        if (since) backlog.oldest = std::min(backlog.oldest.value_or(*since), *since);
    }
}

}  // namespace

Backlog find_backlog(Snapshot& snapshot, Backlog so_far) {
    const auto enough = so_far.due + most_deliveries;
    for (int i = 0; i < most_webhooks && so_far.due < enough; ++i) {
        Query row =
            snapshot.query("SELECT min(webhook) FROM deliveries WHERE state = 'pending' AND webhook > ?",
                           so_far.last_webhook);
        row.step();
        if (row.is_null(0)) {
            so_far.ended = true;
            break;
        }
        so_far.last_webhook = row.integer(0);
        if (is_active(snapshot, so_far.last_webhook)) add(snapshot, so_far.last_webhook, so_far);
    }
    return so_far;
}

}  // namespace gateway::storage
