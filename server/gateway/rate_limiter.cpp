#include "server/gateway/rate_limiter.hpp"

#include <algorithm>

namespace gateway {

namespace {

/// Spreads keys that differ in a few bits (the finalizer of SplitMix64).
std::uint64_t mixed(std::uint64_t bits) noexcept {
    bits = (bits ^ (bits >> 30U)) * 0xBF58476D1CE4E5B9U;
    bits = (bits ^ (bits >> 27U)) * 0x94D049BB133111EBU;
    return bits ^ (bits >> 31U);
}

}  // namespace

std::optional<RateLimiter::Duration> RateLimiter::take(const std::uint64_t key, const Rate& rate,
                                                       const TimePoint now) {
    const auto index = index_of(key);
    const std::lock_guard lock(mutexes_[index % mutexes_.size()]);
    auto& set = sets_[index];
    auto* bucket = find(set, key);
    if (bucket == nullptr) {
        bucket = &*std::ranges::min_element(set, {}, &Bucket::full_at);
        *bucket = {key, now};
    }
    const auto full_at = std::max(bucket->full_at, now) + rate.interval;
    const auto capacity = rate.interval * static_cast<Duration::rep>(rate.burst);
    const auto too_early = full_at - now - capacity;
    if (too_early > Duration::zero()) return too_early;
    bucket->full_at = full_at;
    return std::nullopt;
}

void RateLimiter::give_back(const std::uint64_t key, const Rate& rate) {
    const auto index = index_of(key);
    const std::lock_guard lock(mutexes_[index % mutexes_.size()]);
    if (auto* const bucket = find(sets_[index], key)) bucket->full_at -= rate.interval;
}

bool RateLimiter::knows(const std::uint64_t key) {
    const auto index = index_of(key);
    const std::lock_guard lock(mutexes_[index % mutexes_.size()]);
    return find(sets_[index], key) != nullptr;
}

std::size_t RateLimiter::index_of(const std::uint64_t key) const noexcept {
    return mixed(key ^ seed_) % sets;
}

RateLimiter::Bucket* RateLimiter::find(Set& set, const std::uint64_t key) noexcept {
    auto* const found = std::ranges::find(set, key, &Bucket::key);
    return found == set.end() ? nullptr : found;
}

}  // namespace gateway
