#include "storage/tables/erasure.hpp"

#include "storage/engine/transaction.hpp"
#include "storage/tables/removal.hpp"
#include "storage/values/unreadable.hpp"

namespace gateway::storage {

namespace {

/// Looked at in one stretch; a few milliseconds of a reader.
constexpr std::int64_t most_attempts = 2'000;

EventType parse_type(const std::string_view word) {
    const auto type = parse_event_type(word);
    if (!type) throw UnreadableValue("type", word, "an event type");
    return *type;
}

/// The number of the first attempt after `position`; 0: there is none.
std::int64_t first_attempt_after(Snapshot& snapshot, const std::int64_t position) {
    Query row = snapshot.query("SELECT coalesce(min(number), 0) FROM attempts WHERE number > ?", position);
    row.step();
    return row.integer(0);
}

}  // namespace

std::vector<PastEvent> past_events(Snapshot& snapshot, const std::string& app_id, const std::string& user_id,
                                   const std::int64_t after, const std::int64_t last) {
    Query row = snapshot.query(
        "SELECT number, type, payload, length(payload) FROM events"
        " WHERE user_id = ? AND number > ? AND number <= ? AND app_id = ? ORDER BY number",
        user_id, after, last, app_id);
    std::vector<PastEvent> events;
    int rows = 0;
    while (rows < rows_of_a_job && row.step()) {
        events.push_back({row.integer(0), parse_type(row.text(1)), std::string(row.text(2))});
        rows += rows_in(row.integer(3));
    }
    return events;
}

void replace_payload(Transaction& transaction, const std::int64_t event, const std::string& payload) {
    transaction.execute("UPDATE events SET payload = ?, correlation_id = NULL WHERE number = ?", payload,
                        event);
}

Stretch<std::int64_t> find_answers(Snapshot& snapshot, const std::string& app_id, const std::string& user_id,
                                   const std::int64_t position) {
    const auto first = first_attempt_after(snapshot, position);
    if (first == 0) return {.found = {}, .position = position, .ended = true};
    Stretch<std::int64_t> stretch{.found = {}, .position = first + most_attempts, .ended = false};
    Query row = snapshot.query(
        "SELECT number FROM attempts WHERE number BETWEEN ? AND ? AND response IS NOT NULL"
        " AND EXISTS (SELECT 1 FROM json_each(attempts.events) AS item"
        " CROSS JOIN events ON events.number = item.value WHERE user_id = ? AND app_id = ?)"
        " ORDER BY number LIMIT ?",
        first, stretch.position, user_id, app_id, rows_of_a_job);
    while (row.step())
        stretch.found.push_back(row.integer(0));
    if (stretch.found.size() == rows_of_a_job) stretch.position = stretch.found.back();
    return stretch;
}

bool remove_answers(Transaction& transaction, const std::span<const std::int64_t> attempts) {
    for (const auto attempt : attempts)
        transaction.execute("UPDATE attempts SET response = NULL WHERE number = ?", attempt);
    return true;
}

}  // namespace gateway::storage
