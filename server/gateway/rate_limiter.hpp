// Token buckets: how often something may happen, for each of more keys than anybody counts.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

namespace gateway {

/// A bucket for each key, in a table whose size is fixed: 1 MiB. Where it is full, the bucket that is nearest
/// to being full goes, as its key loses the least that way, and whoever empties theirs cannot have it
/// forgotten. Any thread.
class RateLimiter {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;
    using Duration = std::chrono::steady_clock::duration;

    struct Rate {
        Duration interval{};    ///< after which one more may happen
        std::size_t burst = 1;  ///< that may happen at once
    };

    /// `seed` keeps others from choosing keys that meet in the table.
    explicit RateLimiter(std::uint64_t seed) : seed_(seed), sets_(sets) {}

    /// Nothing: it may happen, and is counted. Else the time after which it might.
    std::optional<Duration> take(std::uint64_t key, const Rate& rate, TimePoint now);

    /// Takes a take() back, if the key is still known.
    void give_back(std::uint64_t key, const Rate& rate);

    /// Whether the key has a bucket: it was taken from, and has not made room for others since.
    [[nodiscard]] bool knows(std::uint64_t key);

  private:
    struct Bucket {
        std::uint64_t key = 0;
        TimePoint full_at{};  ///< with nothing taken from it until then
    };

    // Keys meet in a set of buckets; sets share the mutexes, so that threads seldom meet.
    static constexpr std::size_t buckets_in_set = 8;
    static constexpr std::size_t sets = 8'192;
    using Set = std::array<Bucket, buckets_in_set>;

    [[nodiscard]] std::size_t index_of(std::uint64_t key) const noexcept;
    static Bucket* find(Set& set, std::uint64_t key) noexcept;

    const std::uint64_t seed_;
    std::array<std::mutex, 64> mutexes_;
    std::vector<Set> sets_;
};

}  // namespace gateway
