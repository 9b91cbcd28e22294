// The table `webhook_activations`: which challenges were sent lately, for the limits on them.
#pragma once

#include "storage/values/timestamp.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gateway::storage {

class Snapshot;
class Transaction;

/// What a minute of the limit `webhooks.activations_per_minute` is.
inline constexpr std::chrono::minutes activation_window{1};

/// What challenges are counted by.
enum class CountedBy { webhook, app, host };

/// Of one webhook, app or host.
struct RecentActivations {
    std::int64_t count = 0;  ///< begun within the last minute, their webhooks deleted since or not
    Timestamp oldest{};      ///< when the first of them began; the epoch where there is none
};

/// Rows that began in the future (the clock was set back) do not count.
RecentActivations recent_activations(Snapshot& snapshot, CountedBy by, const std::string& value);

/// When the one that has no outcome yet began, if it was after `earliest`.
std::optional<Timestamp> running_activation(Snapshot& snapshot, const std::string& webhook_id,
                                            Timestamp earliest);

/// An activation about to begin. `host` is in one spelling, however the url has it.
struct NewActivation {
    std::string webhook_id;
    std::string app_id;
    std::string host;
};

/// Adds one that runs, and gives its number.
std::int64_t begin_activation(Transaction& transaction, const NewActivation& activation);

/// `outcome` is "succeeded", "abandoned" or the word of the step that failed. Nothing happens where the row
/// is gone.
void end_activation(Transaction& transaction, const std::string& webhook_id, std::int64_t number,
                    std::string_view outcome);

/// Drops what neither counts nor runs any more: began more than a minute ago and not after `earliest`, or in
/// the future.
void forget_activations(Transaction& transaction, Timestamp earliest);

}  // namespace gateway::storage
