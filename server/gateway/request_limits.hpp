// How many requests one caller may make: each API token, and each address of whoever has no good one.
#pragma once

#include "server/gateway/rate_limiter.hpp"
#include "server/gateway/request_origin.hpp"
#include "server/settings/limits_section.hpp"
#include "storage/values/error.hpp"
#include "storage/values/type_id.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>

namespace gateway {

/// One for all I/O threads; costs nothing where the limit is off. A refusal is `rate_limited`. Whatever has
/// been counted, or comes from no address, is not counted for one.
class RequestLimits {
  public:
    using SteadyClock = std::function<std::chrono::steady_clock::time_point()>;

    RequestLimits(const LimitSettings& settings, SteadyClock clock, RandomSource random);
    ~RequestLimits();
    RequestLimits(const RequestLimits&) = delete;
    RequestLimits& operator=(const RequestLimits&) = delete;

    /// From the next request on; what has been counted stays so.
    void change(const LimitSettings& settings);

    /// Counts a request without a good token.
    std::optional<ApiError> count_network(const RequestOrigin& origin);

    /// Undoes count_network() where the token turned out good.
    void forgive_network(const RequestOrigin& origin);

    /// Counts a request with a good token, of this SHA-256 in hexadecimal digits.
    std::optional<ApiError> count_token(const RequestOrigin& origin, std::string_view sha256);

    /// Whether count_token() has seen the token lately. Whether it is still good may be asked then, however
    /// much comes from its address.
    [[nodiscard]] bool knows_token(std::string_view sha256);

  private:
    struct Buckets;

    /// Nothing: there is no limit.
    [[nodiscard]] std::optional<RateLimiter::Rate> rate() const;

    const SteadyClock clock_;
    const RandomSource random_;
    std::once_flag limited_;
    std::unique_ptr<Buckets> buckets_;  ///< made when there is a limit first, before interval_ tells of it
    std::atomic<RateLimiter::Duration> interval_{};  ///< 0: there is no limit
    std::atomic<std::size_t> burst_ = 1;
};

}  // namespace gateway
