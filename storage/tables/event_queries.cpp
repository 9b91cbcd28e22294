#include "storage/tables/event_queries.hpp"

#include "storage/engine/transaction.hpp"
#include "storage/tables/event_walk.hpp"

#include <algorithm>
#include <utility>

namespace gateway::storage {

namespace {

std::vector<EventWalk> walks_of(Snapshot& snapshot, const std::string& app_id,
                                const std::optional<EventType> type, const std::int64_t below) {
    constexpr Sql of_audience =
        "SELECT number FROM events WHERE audience = ? AND number < ? ORDER BY number DESC LIMIT ?";
    std::vector<EventWalk> walks;
    Query row = snapshot.query("SELECT number, type FROM audiences WHERE app_id = ?", app_id);
    while (row.step())
        if (!type || row.text(1) == to_string(*type)) walks.emplace_back(of_audience, row.integer(0), below);
    return walks;
}

}  // namespace

Page<Event> list_events(Snapshot& snapshot, const std::string& app_id, const EventFilter& filter,
                        std::int64_t below, const std::size_t most) {
    const auto first = filter.since ? first_event_since(snapshot, *filter.since) : 0;
    if (filter.until) below = std::min(below, first_event_since(snapshot, *filter.until));
    auto walks = walks_of(snapshot, app_id, filter.type, below);
    Page<Event> page;
    while (const auto number = next_of(snapshot, walks, Order::newest_first)) {
        if (*number < first) break;
        if (page.items.size() == most) {
            page.next = page.items.back().number;
            break;
        }
        page.items.push_back(event_at(snapshot, *number));
    }
    return page;
}

std::vector<DeliveryOfEvent> deliveries_of_event(Snapshot& snapshot, const std::int64_t event) {
    std::vector<std::pair<std::int64_t, std::string>> webhooks;
    {
        Query row = snapshot.query(
            "SELECT webhooks.number, webhooks.id FROM deliveries JOIN webhooks ON webhooks.number = webhook"
            " WHERE event = ? ORDER BY webhook",
            event);
        while (row.step())
            webhooks.emplace_back(row.integer(0), row.text(1));
    }
    std::vector<DeliveryOfEvent> deliveries;
    for (auto& [number, id] : webhooks)
        if (auto delivery = find_delivery(snapshot, event, number))
            deliveries.push_back({std::move(id), *std::move(delivery)});
    return deliveries;
}

}  // namespace gateway::storage
