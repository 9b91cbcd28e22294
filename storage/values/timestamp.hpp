// Points in time as the API and the database write them: UTC text with milliseconds.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace gateway {

/// Milliseconds since the Unix epoch, UTC.
using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;

/// Where the time of day comes from. Called from any thread.
using Clock = std::function<Timestamp()>;

/// The machine's clock.
Timestamp system_now();

/// The time of a change to what changed last at `before`: later than that, even when the clock is not.
Timestamp time_of_change(Timestamp before, Timestamp now);

/// RFC 3339 with milliseconds and `Z`: "2025-03-15T12:00:00.000Z". Sorts as text. Throws std::out_of_range
/// outside the years 0000 to 9999.
std::string format_timestamp(Timestamp time);

/// Reads exactly what format_timestamp() writes; nothing for any other text.
std::optional<Timestamp> parse_timestamp(std::string_view text);

}  // namespace gateway
