// Whether a thread gets on with its work, as others see it.
#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <string>

namespace gateway::storage {

/// Kept by one thread, two stores for each piece of work; read by any.
class Progress {
  public:
    using Clock = std::chrono::steady_clock;

    void begin() noexcept {
        since_.store(Clock::now().time_since_epoch().count(), std::memory_order_relaxed);
    }

    void end() noexcept { since_.store(0, std::memory_order_relaxed); }

    /// When the piece of work that is under way was begun; nothing: the thread has none.
    [[nodiscard]] std::optional<Clock::time_point> busy_since() const noexcept {
        const auto since = since_.load(std::memory_order_relaxed);
        return since == 0 ? std::nullopt : std::optional(Clock::time_point(Clock::duration(since)));
    }

  private:
    std::atomic<Clock::rep> since_ = 0;
};

/// A thread of the database.
struct Worker {
    std::string name;  ///< e.g. "reader 1"
    const Progress* progress;
    std::chrono::milliseconds allowance{0};  ///< that other processes may keep it waiting
};

}  // namespace gateway::storage
