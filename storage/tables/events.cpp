#include "storage/tables/events.hpp"

#include "storage/engine/transaction.hpp"
#include "storage/values/unreadable.hpp"

#include <stdexcept>

namespace gateway::storage {

namespace {

constexpr char columns[] = "SELECT number, id, app_id, type, client_id, correlation_id, test, created_at";
constexpr auto select_by_number = sql_text(columns, ", '' FROM events WHERE number = ?");
constexpr auto select_by_id = sql_text(columns, ", payload FROM events WHERE id = ?");
constexpr auto select_by_client_id =
    sql_text(columns, ", payload FROM events WHERE app_id = ? AND client_id = ?");

std::optional<std::string> optional_text(const Query& row, const int column) {
    if (row.is_null(column)) return std::nullopt;
    return std::string(row.text(column));
}

Event read_event(const Query& row) {
    const auto type = parse_event_type(row.text(3));
    if (!type) throw UnreadableValue("type", row.text(3), "an event type");
    return {.number = row.integer(0),
            .id = std::string(row.text(1)),
            .app_id = std::string(row.text(2)),
            .type = *type,
            .client_id = optional_text(row, 4),
            .correlation_id = optional_text(row, 5),
            .test = row.boolean(6),
            .payload = std::string(row.text(8)),
            .created_at = row.timestamp(7)};
}

}  // namespace

std::int64_t last_event(Snapshot& snapshot) {
    Query row = snapshot.query("SELECT coalesce(max(number), 0) FROM events");
    row.step();
    return row.integer(0);
}

void insert_event(Transaction& transaction, Event& event, const Audience& audience) {
    // RETURNING would open a temporary table each time: a tenth of the writer's time when many events come.
    event.number = last_event(transaction) + 1;
    transaction.execute(
        "INSERT INTO events (number, id, app_id, type, audience, client_id, correlation_id, test, payload, "
        "created_at, user_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        event.number, event.id, event.app_id, to_string(event.type), audience.number, event.client_id,
        event.correlation_id, event.test, event.payload, event.created_at, event.user_id);
    for (const auto webhook : *audience.webhooks)
        transaction.execute("INSERT INTO deliveries (event, webhook) VALUES (?, ?)", event.number, webhook);
}

std::optional<Event> find_event(Snapshot& snapshot, const std::string& app_id, const std::string& id) {
    Query row = snapshot.query(select_by_id.data(), id);
    if (!row.step() || row.text(2) != app_id) return std::nullopt;
    return read_event(row);
}

Event event_at(Snapshot& snapshot, const std::int64_t number) {
    Query row = snapshot.query(select_by_number.data(), number);
    if (!row.step()) throw std::logic_error("no event " + std::to_string(number));
    return read_event(row);
}

std::optional<Event> find_event_of_client(Snapshot& snapshot, const std::string& app_id,
                                          const std::string& client_id) {
    Query row = snapshot.query(select_by_client_id.data(), app_id, client_id);
    if (!row.step()) return std::nullopt;
    return read_event(row);
}

}  // namespace gateway::storage
