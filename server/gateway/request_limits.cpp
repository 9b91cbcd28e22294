#include "server/gateway/request_limits.hpp"

#include <boost/endian/conversion.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <string>
#include <utility>

namespace gateway {

namespace {

RateLimiter::Duration interval_of(const LimitSettings& settings) {
    constexpr RateLimiter::Duration second = std::chrono::seconds(1);
    return second / static_cast<RateLimiter::Duration::rep>(settings.requests_per_second);
}

std::uint64_t random_seed(const RandomSource& random) {
    std::array<std::uint8_t, 8> bytes{};
    random(bytes);
    return boost::endian::load_big_u64(bytes.data());
}

/// As many bits of it as a key has.
std::uint64_t bucket_key(const std::string_view sha256) {
    constexpr std::size_t digits = 16;
    std::uint64_t key = 0;
    std::from_chars(sha256.data(), sha256.data() + std::min(sha256.size(), digits), key, 16);
    return key;
}

ApiError too_many(const std::string_view which, const RateLimiter::Duration wait) {
    return {ErrorCode::rate_limited, "Too many requests " + std::string(which) + "; nothing was done.",
            std::chrono::ceil<std::chrono::seconds>(wait)};
}

}  // namespace

struct RequestLimits::Buckets {
    explicit Buckets(const RandomSource& random)
        : networks(random_seed(random)), tokens(random_seed(random)) {}

    RateLimiter networks;
    RateLimiter tokens;
};

RequestLimits::RequestLimits(const LimitSettings& settings, SteadyClock clock, RandomSource random)
    : clock_(std::move(clock)), random_(std::move(random)) {
    change(settings);
}

RequestLimits::~RequestLimits() = default;

void RequestLimits::change(const LimitSettings& settings) {
    const bool is_limited = settings.requests_per_second > 0;
    if (is_limited) std::call_once(limited_, [this] { buckets_ = std::make_unique<Buckets>(random_); });
    burst_ = settings.burst;
    interval_ = is_limited ? interval_of(settings) : RateLimiter::Duration::zero();
}

std::optional<RateLimiter::Rate> RequestLimits::rate() const {
    const auto interval = interval_.load();
    if (interval == RateLimiter::Duration::zero()) return std::nullopt;
    return RateLimiter::Rate{interval, burst_};
}

std::optional<ApiError> RequestLimits::count_network(const RequestOrigin& origin) {
    const auto rate = this->rate();
    if (!rate || !origin.network || origin.counted) return std::nullopt;
    const auto wait = buckets_->networks.take(*origin.network, *rate, clock_());
    if (!wait) return std::nullopt;
    return too_many("without a good API token come from this address", *wait);
}

void RequestLimits::forgive_network(const RequestOrigin& origin) {
    const auto rate = this->rate();
    if (rate && origin.network && !origin.counted) buckets_->networks.give_back(*origin.network, *rate);
}

std::optional<ApiError> RequestLimits::count_token(const RequestOrigin& origin,
                                                   const std::string_view sha256) {
    const auto rate = this->rate();
    if (!rate || origin.counted) return std::nullopt;
    const auto wait = buckets_->tokens.take(bucket_key(sha256), *rate, clock_());
    if (!wait) return std::nullopt;
    return too_many("are made with this API token", *wait);
}

bool RequestLimits::knows_token(const std::string_view sha256) {
    return rate() && buckets_->tokens.knows(bucket_key(sha256));
}

}  // namespace gateway
