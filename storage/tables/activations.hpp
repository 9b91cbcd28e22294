// The table `webhook_activations`: which webhooks were challenged lately, for the limits on challenges.
#pragma once

#include "storage/values/timestamp.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace gateway::storage {

class Snapshot;
class Transaction;

/// What the limits are judged by.
struct RecentActivations {
    int count = 0;         ///< begun within the last minute
    bool running = false;  ///< one of them has no outcome yet and began after `running_since`
    Timestamp oldest{};    ///< when the first of them began; the epoch where there is none
};

/// What a minute of the limit `webhooks.activations_per_minute` is.
inline constexpr std::chrono::minutes activation_window{1};

/// Rows that began in the future (the clock was set back) do not count.
RecentActivations recent_activations(Snapshot& snapshot, const std::string& webhook_id,
                                     Timestamp running_since);

/// Forgets the older ones of this webhook, adds one that runs, and gives its number.
std::int64_t begin_activation(Transaction& transaction, const std::string& webhook_id);

/// `outcome` is "succeeded" or the word of the step that failed. Nothing happens where the row is gone.
void end_activation(Transaction& transaction, const std::string& webhook_id, std::int64_t number,
                    std::string_view outcome);

}  // namespace gateway::storage
