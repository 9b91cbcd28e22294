// The table `events` as its publishers ask for it: in pages, newest first, and one with what became of it.
#pragma once

#include "storage/tables/delivery_queries.hpp"
#include "storage/tables/events.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gateway::storage {

class Snapshot;

/// What a page goes by; what is nothing lets all through.
struct EventFilter {
    std::optional<EventType> type;
    std::optional<Timestamp> since;  ///< that it came at this time or later
    std::optional<Timestamp> until;  ///< that it came before this time
};

/// The events of an app, without their payloads, along the indexes of its audiences.
Page<Event> list_events(Snapshot& snapshot, const std::string& app_id, const EventFilter& filter,
                        std::int64_t below, std::size_t most);

struct DeliveryOfEvent {
    std::string webhook_id;
    Delivery delivery;
};

/// What became of an event at each webhook that is still there, in the order of their creation.
std::vector<DeliveryOfEvent> deliveries_of_event(Snapshot& snapshot, std::int64_t event);

}  // namespace gateway::storage
