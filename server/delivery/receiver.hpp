// What the dispatcher knows of one webhook: only what the tables can tell it again.
#pragma once

#include "server/delivery/feed.hpp"
#include "storage/tables/deliveries.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

namespace gateway::delivery {

using SteadyTime = std::chrono::steady_clock::time_point;

struct Queued {
    std::shared_ptr<const Item> item;
    bool alone = false;  ///< it is to be sent with nothing beside it
};

/// A webhook with something to send, or that had something lately.
struct Receiver {
    explicit Receiver(const std::int64_t number_) : number(number_) {}

    std::int64_t number;
    std::string app_id;                     ///< once it is known; it never changes
    std::optional<storage::Target> target;  ///< nothing: it is to be read (again) before the next request

    /// What is due, oldest first.
    std::deque<Queued> queue;
    /// The tables may hold due deliveries that the queue does not.
    bool behind = true;
    /// Events up to this one have been in the queue, or are looked for in the tables.
    std::int64_t seen = 0;
    /// Some came while the tables were read, and found no room: what is read may not hold them.
    bool missed = false;

    struct Retry {
        SteadyTime at;
        Timestamp due;  ///< as the tables have it, whatever the clock says by then
    };

    std::optional<Retry> retry;       ///< the first that is not due yet
    std::optional<Retry> not_before;  ///< after failures
    SteadyTime rate_not_before{};     ///< by delivery.requests_per_second
    SteadyTime pause_until{};         ///< after trouble that is not the receiver's
    std::optional<SteadyTime> alarm;  ///< when it is looked at again by itself

    /// Since when something waits for its turn that nothing but the dispatcher holds up.
    std::optional<SteadyTime> waiting_since;

    std::size_t in_flight = 0;  ///< requests, from the making of their bodies to the commit of their outcomes
    bool reading = false;
    bool ready = false;    ///< it stands in the line of its app
    bool in_turn = false;  ///< its turn came before it had been read: it is the next of its app
    unsigned changes = 0;  ///< how often it was told to have changed
};

}  // namespace gateway::delivery
