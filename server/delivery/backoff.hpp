// When to try again.
#pragma once

#include "storage/values/timestamp.hpp"

#include <chrono>
#include <optional>
#include <string_view>

namespace gateway::delivery {

struct Backoff {
    std::chrono::milliseconds first;    ///< after the first failure; doubled with each further one
    std::chrono::milliseconds longest;  ///< and never more than that
};

/// How long to wait after so many failures, one at least. `chance` is from 0 to 1: it moves the delay by 10 %
/// down or up, so that what failed together does not come back together.
std::chrono::milliseconds retry_delay(const Backoff& backoff, int failures, double chance);

/// The delay that a receiver asks for with Retry-After, in seconds or as a date (RFC 9110, section 10.2.3), a
/// second at least and `longest` at most, lengthened by `chance` by 10 % at most. Nothing for a date that is
/// past, and for anything else.
std::optional<std::chrono::milliseconds> asked_delay(std::string_view retry_after, Timestamp now,
                                                     std::chrono::milliseconds longest, double chance);

}  // namespace gateway::delivery
