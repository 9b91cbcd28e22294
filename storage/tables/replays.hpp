// The table `replays`, and queueing deliveries again.
#pragma once

#include "storage/tables/delivery_queries.hpp"
#include "storage/values/event_set.hpp"
#include "storage/values/timestamp.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::storage {

class Snapshot;
class Transaction;

/// Makes a delivery due at once, whatever its state: its schedule begins anew, and it is given up at
/// `expires_at`. False where there is none.
bool queue_again(Transaction& transaction, std::int64_t event, std::int64_t webhook, Timestamp expires_at);

enum class ReplayStatus { running, done, cancelled };

/// As the table has them, indexed by the enumerator.
inline constexpr std::array<std::string_view, 3> replay_status_names{"running", "done", "cancelled"};

/// Events of an app that are queued again for one of its webhooks, or for the first time where it has been
/// subscribed to them since. Those with numbers up to `position` have been looked at.
struct Replay {
    std::int64_t number = 0;
    std::string id;  ///< `rpl_…`
    std::int64_t webhook = 0;
    Timestamp since;                     ///< of the events' publication, as `until`
    std::optional<Timestamp> until;      ///< nothing: up to the creation of the replay
    std::optional<DeliveryState> state;  ///< nothing: any, and those that the webhook never had
    std::optional<EventType> type;
    ReplayStatus status{};
    std::int64_t position = 0;
    std::int64_t last_event = 0;
    std::optional<std::int64_t> matched;  ///< nothing: they are being counted
    std::int64_t queued = 0;
    Timestamp created_at;
    std::optional<Timestamp> ended_at;
};

/// Fills in `position` and `last_event`: what `since` and `until` come to.
void find_range(Snapshot& snapshot, Replay& replay);

/// Writes a running replay. Its webhook has none that runs.
void insert_replay(Transaction& transaction, const Replay& replay);

std::optional<Replay> find_replay(Snapshot& snapshot, const std::string& id);

/// Nothing when it is gone or has ended.
std::optional<Replay> find_running_replay(Snapshot& snapshot, std::int64_t number);

bool has_running_replay(Snapshot& snapshot, std::int64_t webhook);

/// Their numbers, oldest first.
std::vector<std::int64_t> running_replays(Snapshot& snapshot);

/// Of a running one; what is queued stays so.
void cancel_replay(Transaction& transaction, std::int64_t number);

void set_matched(Transaction& transaction, std::int64_t number, std::int64_t matched);

/// What a replay comes to next.
struct ReplayPart {
    std::vector<std::int64_t> events;  ///< those to be queued, in their order
    std::int64_t position = 0;         ///< where the next part begins behind
    bool is_last = false;
};

/// Up to 200 events behind `position`; it looks at 2,000 at most. Last and empty when the webhook is gone.
ReplayPart next_part(Snapshot& snapshot, const Replay& replay, std::int64_t position);

/// Queues a part and moves the replay on, unless it has ended or moved meanwhile: false then.
bool queue_part(Transaction& transaction, const Replay& replay, const ReplayPart& part, Timestamp expires_at);

}  // namespace gateway::storage
