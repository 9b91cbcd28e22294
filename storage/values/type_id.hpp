// Identifiers: a prefix, "_", and a UUIDv7 in 26 lower-case Crockford base-32 characters (a TypeID).
#pragma once

#include "storage/values/timestamp.hpp"

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace gateway {

/// Fills a buffer with random bytes. Called from any thread.
using RandomSource = std::function<void(std::span<std::uint8_t>)>;

/// The system's cryptographic source. Throws std::runtime_error where it gives nothing.
void system_random(std::span<std::uint8_t> bytes);

/// The 128 bits of a UUID, the first written ones in `high`.
struct Uuid {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
};

/// Reads the written form, 8-4-4-4-12 hexadecimal digits, small or not; nothing for any other text.
std::optional<Uuid> parse_uuid(std::string_view text);

/// `uuid` as a TypeID: the prefix (lower-case letters), "_" and 26 characters, the first of them 0 to 7.
std::string type_id(std::string_view prefix, Uuid uuid);

/// Makes identifiers that sort by creation. Thread-safe. Never gives one twice, and never one that sorts
/// before an earlier one of its own, even when the clock goes backwards: it then goes on from the last
/// millisecond it used.
class IdSource {
  public:
    IdSource(Clock clock, RandomSource random);

    /// E.g. next("web") is "web_01jqebhswje1ka1z7ahr9rfsgt". Throws what the random source throws.
    std::string next(std::string_view prefix);

    /// Seven lower-case letters and digits, e.g. "54e9ujn", each of the 36 equally likely. It may repeat:
    /// there are 78 thousand million of them, so whoever stores one checks. Throws what the random source
    /// throws.
    std::string next_app_id();

  private:
    Clock clock_;
    RandomSource random_;

    /// A UUIDv7 without its six fixed bits, so that counting carries from the random part into the time.
    struct Ordinal {
        std::uint64_t upper = 0;  // 48 bits of milliseconds, 12 random ones
        std::uint64_t lower = 0;  // 62 random bits
    };

    Ordinal next_ordinal();

    std::mutex mutex_;
    Ordinal last_;  // under mutex_
};

}  // namespace gateway
