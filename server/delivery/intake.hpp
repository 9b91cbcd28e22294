// Whether new events are taken.
#pragma once

#include <atomic>

namespace gateway::delivery {

/// Closed while the database has reached `retention.max_size` and nothing in it may go: publishing is
/// answered 503 then. Thread-safe.
class Intake {
  public:
    [[nodiscard]] bool is_closed() const noexcept { return closed_.load(std::memory_order_relaxed); }

    void close() noexcept { closed_.store(true, std::memory_order_relaxed); }

    void open() noexcept { closed_.store(false, std::memory_order_relaxed); }

  private:
    std::atomic<bool> closed_ = false;
};

}  // namespace gateway::delivery
