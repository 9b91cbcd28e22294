#include "storage/tables/delivery_queries.hpp"

#include "storage/engine/transaction.hpp"
#include "storage/tables/by_time.hpp"
#include "storage/tables/event_walk.hpp"
#include "storage/tables/events.hpp"
#include "storage/values/unreadable.hpp"

#include <algorithm>

namespace gateway::storage {

namespace {

constexpr int most_candidates = 10'000;

// Each gives the numbers of events below one, newest first, along an index.
constexpr Sql of_audience =
    "SELECT number FROM events WHERE audience = ? AND number < ? ORDER BY number DESC LIMIT ?";
constexpr Sql pending_untried =
    "SELECT event FROM deliveries WHERE webhook = ? AND state = 'pending' AND next_attempt_at IS NULL"
    " AND event < ? ORDER BY event DESC LIMIT ?";
constexpr Sql pending_tried =
    "SELECT event FROM deliveries WHERE webhook = ? AND state = 'pending' AND next_attempt_at IS NOT NULL"
    " AND event < ? ORDER BY event DESC LIMIT ?";
constexpr Sql expired =
    "SELECT event FROM deliveries WHERE webhook = ? AND state = 'expired' AND event < ?"
    " ORDER BY event DESC LIMIT ?";

std::vector<EventWalk> walks_by_audience(Snapshot& snapshot, const std::int64_t webhook,
                                         const std::optional<EventType> type, const std::int64_t below) {
    std::vector<EventWalk> walks;
    Query row = snapshot.query(
        "SELECT audience, type FROM audience_members JOIN audiences ON audiences.number = audience"
        " WHERE webhook = ?",
        webhook);
    while (row.step())
        if (!type || row.text(1) == to_string(*type)) walks.emplace_back(of_audience, row.integer(0), below);
    return walks;
}

/// Which together come past everything that the filter lets through.
std::vector<EventWalk> walks_of(Snapshot& snapshot, const std::int64_t webhook, const DeliveryFilter& filter,
                                const std::int64_t below) {
    if (filter.state == DeliveryState::pending)
        return {EventWalk(pending_untried, webhook, below), EventWalk(pending_tried, webhook, below)};
    if (filter.state == DeliveryState::expired) return {EventWalk(expired, webhook, below)};
    return walks_by_audience(snapshot, webhook, filter.type, below);
}

template <std::size_t Size>
std::size_t place_among(const std::array<std::string_view, Size>& names, const std::string_view column,
                        const std::string_view found) {
    const auto place = std::ranges::find(names, found);
    if (place == names.end()) throw UnreadableValue(column, found, "a word that this version knows");
    return static_cast<std::size_t>(place - names.begin());
}

Delivery read_delivery(const Query& row) {
    Delivery delivery{
        .event = row.integer(0),
        .event_id = std::string(row.text(1)),
        .type = static_cast<EventType>(place_among(event_type_names, "type", row.text(2))),
        .state = static_cast<DeliveryState>(place_among(delivery_state_names, "state", row.text(3))),
        .attempts = static_cast<int>(row.integer(4)),
        .next_attempt_at = row.optional_timestamp(5),
        .last_outcome = {},
        .created_at = row.timestamp(7)};
    if (delivery.state == DeliveryState::delivered)
        delivery.last_outcome = "delivered";
    else if (!row.is_null(6))
        delivery.last_outcome = row.text(6);
    return delivery;
}

bool fits(const Delivery& delivery, const DeliveryFilter& filter) {
    return (!filter.state || delivery.state == filter.state) &&
           (!filter.type || delivery.type == filter.type);
}

}  // namespace

std::optional<Delivery> find_delivery(Snapshot& snapshot, const std::int64_t event,
                                      const std::int64_t webhook) {
    Query row = snapshot.query(
        "SELECT events.number, events.id, events.type, state, attempts, next_attempt_at, last_failure,"
        " events.created_at FROM deliveries JOIN events ON events.number = deliveries.event"
        " WHERE deliveries.event = ? AND webhook = ?",
        event, webhook);
    if (!row.step()) return std::nullopt;
    return read_delivery(row);
}

std::int64_t first_event_since(Snapshot& snapshot, const Timestamp time) {
    return first_row_since(last_event(snapshot) + 1, time, [&](const std::int64_t number) {
        Query row = snapshot.query(
            "SELECT number, created_at FROM events WHERE number >= ? ORDER BY number LIMIT 1", number);
        return row.step() ? std::optional(TimedRow{row.integer(0), row.timestamp(1)}) : std::nullopt;
    });
}

Page<Delivery> list_deliveries(Snapshot& snapshot, const std::int64_t webhook, const DeliveryFilter& filter,
                               std::int64_t below, const std::size_t most) {
    const auto first = filter.since ? first_event_since(snapshot, *filter.since) : 0;
    if (filter.until) below = std::min(below, first_event_since(snapshot, *filter.until));
    auto walks = walks_of(snapshot, webhook, filter, below);
    Page<Delivery> page;
    for (int candidates = 0; true; ++candidates) {
        const auto event = next_of(snapshot, walks, Order::newest_first);
        if (!event || *event < first) return page;
        if (candidates == most_candidates || page.items.size() == most) {
            page.next = below;
            return page;
        }
        below = *event;
        auto delivery = find_delivery(snapshot, *event, webhook);
        if (delivery && fits(*delivery, filter)) page.items.push_back(*std::move(delivery));
    }
}

}  // namespace gateway::storage
