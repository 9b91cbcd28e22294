// How much of something there may be at a time: connections, the memory of bodies.
#pragma once

#include <atomic>
#include <cstddef>
#include <optional>
#include <utility>

namespace gateway {

/// For any thread.
class Budget {
  public:
    explicit Budget(const std::size_t most) : most_(most) {}

    /// What is taken stays so: where that is more, nothing is given before enough has come back.
    void set_most(const std::size_t most) noexcept { most_ = most; }

    /// What one of those who share it has, given back at its end. For one thread.
    class Share {
      public:
        /// Of nothing so far. `budget` outlives it.
        explicit Share(Budget& budget) noexcept : budget_(&budget) {}

        Share(Share&& other) noexcept : budget_(other.budget_), size_(std::exchange(other.size_, 0)) {}

        Share(const Share&) = delete;
        Share& operator=(const Share&) = delete;

        Share& operator=(Share&& other) noexcept {
            std::swap(budget_, other.budget_);
            std::swap(size_, other.size_);
            return *this;
        }

        ~Share() { release(); }

        /// Has so much from now on, or as before where there is not so much; false then.
        [[nodiscard]] bool grow_to(const std::size_t size) noexcept {
            if (size <= size_) return true;
            const auto more = size - size_;
            if (budget_->taken_.fetch_add(more) + more > budget_->most_) {
                budget_->taken_ -= more;
                return false;
            }
            size_ = size;
            return true;
        }

        void release() noexcept { budget_->taken_ -= std::exchange(size_, 0); }

      private:
        Budget* budget_;
        std::size_t size_ = 0;
    };

    /// A share of one; nothing where all is taken.
    [[nodiscard]] std::optional<Share> take() noexcept {
        Share share(*this);
        return share.grow_to(1) ? std::optional(std::move(share)) : std::nullopt;
    }

    [[nodiscard]] std::size_t taken() const noexcept { return taken_; }

  private:
    std::atomic<std::size_t> most_;
    std::atomic<std::size_t> taken_ = 0;
};

}  // namespace gateway
