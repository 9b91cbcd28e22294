// What an operator asks first of a gateway: how much there is, how much is going on, what is late and who
// fails.
#pragma once

#include "storage/values/timestamp.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gateway::storage {

class Snapshot;

/// Counting ends here, so that it takes a fraction of a second however large a table is: a count of so many
/// stands for as many or more.
inline constexpr std::int64_t count_limit = 100'000;

struct Inventory {
    std::int64_t apps = 0;
    std::int64_t tokens = 0;  ///< that are live
    std::int64_t users = 0;
    std::int64_t active_webhooks = 0;
    std::int64_t inactive_webhooks = 0;
};

Inventory count_inventory(Snapshot& snapshot);

struct OutcomeRate {
    std::string outcome;
    std::int64_t per_minute = 0;
};

/// Of the minute before the snapshot. Where more than count_limit happened, the newest of it are counted, and
/// their rate is that of the time they took.
struct LastMinute {
    std::int64_t events = 0;
    std::vector<OutcomeRate> attempts;  ///< by the word of their outcome
};

LastMinute rates_of_last_minute(Snapshot& snapshot);

struct FailingReceiver {
    std::string webhook_id;
    std::string app_id;
    std::string url;
    std::int64_t failures = 0;  ///< one after the other, up to now
    std::optional<Timestamp> failing_since;
    std::optional<Timestamp> called_again_at;
    std::string last_outcome;                    ///< in a word; empty: its attempts are gone
    std::optional<std::int64_t> last_http_code;  ///< nothing: it was not answered
};

/// The ten with the most failures in a row, the worst first. Reads the narrow row of each webhook that was
/// ever called.
std::vector<FailingReceiver> worst_receivers(Snapshot& snapshot);

/// The URL of the newest webhook that is active.
std::optional<std::string> newest_receiver(Snapshot& snapshot);

}  // namespace gateway::storage
