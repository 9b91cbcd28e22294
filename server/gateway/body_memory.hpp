// How much memory the bodies of requests hold together, on all threads.
#pragma once

#include <atomic>
#include <cstddef>
#include <utility>

namespace gateway {

class BodyMemory {
  public:
    /// Bytes that all shares together may hold.
    explicit BodyMemory(const std::size_t most) : most_(most) {}

    /// What is held already stays.
    void set_most(const std::size_t most) noexcept { most_ = most; }

    /// What one request holds, given back at its end. For one thread.
    class Share {
      public:
        /// `memory` outlives it.
        explicit Share(BodyMemory& memory) : memory_(memory) {}

        ~Share() { release(); }

        Share(const Share&) = delete;
        Share& operator=(const Share&) = delete;

        /// Holds so many bytes from now on, or as before where there are not so many; false then.
        [[nodiscard]] bool grow_to(const std::size_t bytes) noexcept {
            if (bytes <= held_) return true;
            const auto more = bytes - held_;
            if (memory_.held_.fetch_add(more) + more > memory_.most_) {
                memory_.held_ -= more;
                return false;
            }
            held_ = bytes;
            return true;
        }

        void release() noexcept { memory_.held_ -= std::exchange(held_, 0); }

      private:
        BodyMemory& memory_;
        std::size_t held_ = 0;
    };

  private:
    std::atomic<std::size_t> most_;
    std::atomic<std::size_t> held_ = 0;
};

}  // namespace gateway
