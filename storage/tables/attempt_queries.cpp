#include "storage/engine/transaction.hpp"
#include "storage/tables/by_time.hpp"
#include "storage/tables/delivery_queries.hpp"

#include <algorithm>

namespace gateway::storage {

namespace {

constexpr int most_candidates = 10'000;

/// Attempts are numbered by their ends, so that is what they are found by; no request takes longer.
constexpr std::chrono::hours longest_attempt{1};

/// The number of the first attempt, of any webhook, that ended at this time or later.
std::int64_t first_attempt_ended_since(Snapshot& snapshot, const Timestamp time) {
    Query last = snapshot.query("SELECT max(number) FROM attempts");
    last.step();
    return first_row_since(last.integer(0) + 1, time, [&](const std::int64_t number) {
        Query row = snapshot.query(
            "SELECT number, started_at, duration_ms FROM attempts WHERE number >= ? ORDER BY number LIMIT 1",
            number);
        if (!row.step()) return std::optional<TimedRow>();
        return std::optional(
            TimedRow{row.integer(0), row.timestamp(1) + std::chrono::milliseconds(row.integer(2))});
    });
}

std::vector<std::string> ids_of_events(Snapshot& snapshot, const std::string& numbers) {
    std::vector<std::string> ids;
    Query row = snapshot.query(
        "SELECT events.id FROM json_each(?) AS item CROSS JOIN events ON events.number = item.value",
        numbers);
    while (row.step())
        ids.emplace_back(row.text(0));
    return ids;
}

PastAttempt read_attempt(Snapshot& snapshot, const Query& row) {
    PastAttempt attempt{.number = row.integer(0),
                        .id = std::string(row.text(1)),
                        .started_at = row.timestamp(2),
                        .duration = std::chrono::milliseconds(row.integer(3)),
                        .event_ids = ids_of_events(snapshot, std::string(row.text(4))),
                        .http_code = {},
                        .outcome = std::string(row.text(6)),
                        .response = {}};
    if (!row.is_null(5)) attempt.http_code = static_cast<int>(row.integer(5));
    if (!row.is_null(7)) attempt.response = row.text(7);
    return attempt;
}

bool fits(const Query& row, const AttemptFilter& filter) {
    if (filter.outcome && row.text(6) != *filter.outcome) return false;
    const auto started_at = row.timestamp(2);
    return (!filter.since || started_at >= *filter.since) && (!filter.until || started_at < *filter.until);
}

}  // namespace

Page<PastAttempt> list_attempts(Snapshot& snapshot, const std::int64_t webhook, const AttemptFilter& filter,
                                std::int64_t below, const std::size_t most) {
    const auto first = filter.since ? first_attempt_ended_since(snapshot, *filter.since) : 0;
    if (filter.until)
        below = std::min(below, first_attempt_ended_since(snapshot, *filter.until + longest_attempt));
    Query row = snapshot.query(
        "SELECT number, id, started_at, duration_ms, events, http_code, outcome, response FROM attempts"
        " WHERE webhook = ? AND number < ? AND number >= ? ORDER BY number DESC",
        webhook, below, first);
    Page<PastAttempt> page;
    for (int candidates = 0; row.step(); ++candidates) {
        if (candidates == most_candidates || page.items.size() == most) {
            page.next = below;
            return page;
        }
        below = row.integer(0);
        if (fits(row, filter)) page.items.push_back(read_attempt(snapshot, row));
    }
    return page;
}

}  // namespace gateway::storage
