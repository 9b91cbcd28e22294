// Removes events with their deliveries, attempts and audiences, in parts that hold the writer for a few
// milliseconds each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace gateway::storage {

class Transaction;

/// Rows that one job of the background removes, pages of long texts counted like rows: far below 10 ms.
inline constexpr int rows_of_a_job = 200;

/// How many rows a row is worth, whose longest text has so many characters.
constexpr int rows_in(const std::int64_t length) {
    constexpr std::int64_t characters_of_a_page = 4'000;
    return 1 + static_cast<int>(length / characters_of_a_page);
}

/// Removes events with their deliveries, from the first on, and passes over those with a pending one. Gives
/// how many of them need no more; those that are left are to be given again. The newest event of all must not
/// be among them.
std::size_t remove_events(Transaction& transaction, std::span<const std::int64_t> events);

/// Gives how many there are no more: all of them.
std::size_t remove_attempts(Transaction& transaction, std::span<const std::int64_t> attempts);

/// Removes audiences that have no events, from the first on. Gives how many of them need no more; those that
/// are left are to be given again.
std::size_t remove_audiences(Transaction& transaction, std::span<const std::int64_t> audiences);

/// Removes what nobody asks for any more of a webhook that is gone: what was pending or has expired, and the
/// attempts. What was delivered goes with its event. False when nothing is left.
bool remove_leavings(Transaction& transaction, std::int64_t webhook);

/// Removes `most` rows of what an app has beside its own row, its webhooks and keys. True when all of it is
/// gone. The newest event of all stays without its contents, as nobody's. The app must publish nothing
/// meanwhile.
bool clear_app(Transaction& transaction, const std::string& app_id, int most = rows_of_a_job);

}  // namespace gateway::storage
