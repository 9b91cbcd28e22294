// The tables `deliveries` and `attempts` as people ask for them: in pages, newest first. Every walk is along
// an index, and a page looks at a bounded number of rows, however many there are and however few of them fit.
#pragma once

#include "storage/tables/listing.hpp"
#include "storage/values/event_set.hpp"
#include "storage/values/timestamp.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::storage {

class Snapshot;

enum class DeliveryState { pending, delivered, expired };

/// As the table has them, indexed by the enumerator.
inline constexpr std::array<std::string_view, 3> delivery_state_names{"pending", "delivered", "expired"};

/// What became of an event at a webhook.
struct Delivery {
    std::int64_t event = 0;  ///< its number
    std::string event_id;
    EventType type{};
    DeliveryState state{};
    int attempts = 0;                          ///< since it was queued, or queued again
    std::optional<Timestamp> next_attempt_at;  ///< nothing: at once, or never
    std::optional<std::string> last_outcome;   ///< nothing: there was no attempt
    Timestamp created_at;                      ///< of the event
};

/// What a page goes by; what is nothing lets all through.
struct DeliveryFilter {
    std::optional<DeliveryState> state;
    std::optional<EventType> type;
    std::optional<Timestamp> since;  ///< that its event came at this time or later
    std::optional<Timestamp> until;  ///< that its event came before this time
};

/// A page may have fewer than `most` items although more follow: it looks at 10,000 rows at most.
Page<Delivery> list_deliveries(Snapshot& snapshot, std::int64_t webhook, const DeliveryFilter& filter,
                               std::int64_t below, std::size_t most);

std::optional<Delivery> find_delivery(Snapshot& snapshot, std::int64_t event, std::int64_t webhook);

/// The number of the first event that came at this time or later; one beyond the last where none did. As far
/// as the clock went forward: it finds its way by halves.
std::int64_t first_event_since(Snapshot& snapshot, Timestamp time);

/// A request that was made.
struct PastAttempt {
    std::int64_t number = 0;
    std::string id;  ///< `att_…`
    Timestamp started_at;
    std::chrono::milliseconds duration{};
    std::vector<std::string> event_ids;   ///< in the order of the body; without those that are gone
    std::optional<int> http_code;         ///< nothing: it was not answered
    std::string outcome;                  ///< `delivered`, `http_status`, or the word of the step that failed
    std::optional<std::string> response;  ///< of a failed one: how the answer's body begins
};

struct AttemptFilter {
    std::optional<std::string> outcome;
    std::optional<Timestamp> since;  ///< that it began at this time or later
    std::optional<Timestamp> until;  ///< that it began before this time
};

/// As list_deliveries().
Page<PastAttempt> list_attempts(Snapshot& snapshot, std::int64_t webhook, const AttemptFilter& filter,
                                std::int64_t below, std::size_t most);

}  // namespace gateway::storage
