// How quantities are written in the configuration and on the command line: "10s", "64KiB", 4096.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gateway {

/// Decimal digits, with "-" before them at most: "4096", "-1". Nothing for any other text ("", "+1", "1e3",
/// "0x10", " 1") and for a number beyond 64 bits.
std::optional<std::int64_t> parse_integer(std::string_view text) noexcept;

/// Decimal digits and one unit, nothing between them: "500ms", "10s", "2m", "1h", "90d" (a day is 24 hours).
/// Nothing for any other text, and for more milliseconds than 63 bits hold. Never negative.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) noexcept;

/// In the largest unit that leaves no rest, so that parse_duration() reads it back: 90 s are "90s", 120 s are
/// "2m". `duration` is not negative.
std::string format_duration(std::chrono::milliseconds duration);

/// Bytes: decimal digits and one unit of B, KiB, MiB and GiB (powers of 1024), or no unit: "512B", "64KiB",
/// "512". Nothing for any other text ("64KB" is not clear), and for more bytes than 63 bits hold.
std::optional<std::uint64_t> parse_size(std::string_view text) noexcept;

/// In the largest unit that leaves no rest, so that parse_size() reads it back: 65536 bytes are "64KiB".
/// `bytes` is below 2^63.
std::string format_size(std::uint64_t bytes);

/// The text as a double-quoted TOML string. Control characters are escaped; other bytes stay as they are.
std::string toml_string(std::string_view text);

/// Up to `limit` bytes of a text of unknown origin, safe to show on a terminal in one line: every byte that
/// is not printable ASCII as \xNN, and "..." where something was cut.
std::string excerpt(std::string_view text, std::size_t limit = 64);

}  // namespace gateway
