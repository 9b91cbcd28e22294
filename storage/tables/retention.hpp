// Finds what is past its time. All of these read, so they are for a Snapshot: what they find is changed and
// removed by jobs that look again.
#pragma once

#include "storage/values/timestamp.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace gateway::storage {

class Snapshot;
class Transaction;

struct DeliveryKey {
    std::int64_t event = 0;
    std::int64_t webhook = 0;

    friend bool operator==(const DeliveryKey&, const DeliveryKey&) = default;
};

/// A stretch of a walk along a table.
template <class Key>
struct Stretch {
    std::vector<Key> found;  ///< 200 at most, less where they are long
    Key position{};          ///< all up to here is done with once what was found is
    bool ended = false;      ///< what comes next is too young, or there is nothing
};

/// Pending deliveries of events that were published by `before`, which were never queued again, after
/// `position` and in the order of events. Rows dated in the future are passed over.
Stretch<DeliveryKey> find_overdue(Snapshot& snapshot, DeliveryKey position, Timestamp before);

/// Pending deliveries that were queued again and whose own time is over. 200 at most.
std::vector<DeliveryKey> find_overdue_again(Snapshot& snapshot);

struct Expired {
    std::size_t count = 0;
    std::vector<std::int64_t> webhooks;  ///< that they were for, each once
};

/// Makes those that are still pending expired.
Expired expire(Transaction& transaction, std::span<const DeliveryKey> deliveries);

/// Events without a pending delivery that were published by `before`, after `position`; nothing: whenever.
/// Never the newest of all.
Stretch<std::int64_t> find_old_events(Snapshot& snapshot, std::int64_t position,
                                      std::optional<Timestamp> before);

/// Attempts that began by `before`, as above.
Stretch<std::int64_t> find_old_attempts(Snapshot& snapshot, std::int64_t position,
                                        std::optional<Timestamp> before);

/// Sessions that began by `before`, as above. Where one has ended since, its number may be another's.
Stretch<std::int64_t> find_old_sessions(Snapshot& snapshot, std::int64_t position,
                                        std::optional<Timestamp> before);

/// Audiences without events, after `position`.
Stretch<std::int64_t> find_idle_audiences(Snapshot& snapshot, std::int64_t position,
                                          std::optional<Timestamp> before = std::nullopt);

/// A webhook that is gone and has something left that remove_leavings() removes.
std::optional<std::int64_t> find_gone_webhook(Snapshot& snapshot);

/// An app that is gone and has something left that clear_app() removes.
std::optional<std::string> find_gone_app(Snapshot& snapshot);

/// When the newest event was published.
std::optional<Timestamp> last_publication(Snapshot& snapshot);

}  // namespace gateway::storage
