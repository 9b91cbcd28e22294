// What a request to a receiver came to, and what follows from that.
#pragma once

#include "server/delivery/backoff.hpp"
#include "server/outgoing/outgoing.hpp"
#include "server/outgoing/outgoing_error.hpp"
#include "server/settings/delivery_section.hpp"
#include "storage/tables/deliveries.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace gateway::delivery {

/// A request that has ended.
struct Outcome {
    storage::Attempt attempt;
    std::string retry_after;    ///< as it was answered; empty where it was not
    bool is_digestible = true;  ///< false: what was sent may be what the receiver fails at
    double chance = 0;          ///< from 0 to 1, for the delays
    std::string detail;         ///< of a failure, for the log alone
};

/// `attempt` has everything but what the answer tells.
Outcome judge(storage::Attempt attempt, const outgoing::OutgoingResult<outgoing::OutgoingResponse>& answer,
              const DeliverySettings& settings, double chance);

/// What the database says of a webhook after the outcome was written.
struct Aftermath {
    std::optional<storage::Target> target;  ///< nothing: the webhook is gone, and nothing was written
    std::optional<Timestamp> next;          ///< when the first of the events is tried again
    std::size_t put_off = 0;                ///< events that are tried again
    std::size_t expired = 0;                ///< events that are given up
    std::string deactivated_because;        ///< empty: it was not
};

/// Writes the attempt, what became of its events and how the receiver does; deactivates the webhook where
/// that is due.
Aftermath write_outcome(storage::Transaction& transaction, const Outcome& outcome,
                        const DeliverySettings& settings);

}  // namespace gateway::delivery
