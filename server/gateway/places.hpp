// How many of something there may be at a time.
#pragma once

#include <atomic>
#include <cstddef>
#include <optional>
#include <utility>

namespace gateway {

/// For any thread.
class Places {
  public:
    explicit Places(const std::size_t most) : most_(most) {}

    /// Fewer than are taken: none is given before so many have come back.
    void set_most(const std::size_t most) noexcept { most_ = most; }

    /// One of them, given back at its end.
    class Place {
      public:
        Place(Place&& other) noexcept : places_(std::exchange(other.places_, nullptr)) {}

        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;

        Place& operator=(Place&& other) noexcept {
            std::swap(places_, other.places_);
            return *this;
        }

        ~Place() {
            if (places_ != nullptr) --places_->taken_;
        }

      private:
        friend class Places;

        explicit Place(Places& places) noexcept : places_(&places) {}

        Places* places_;
    };

    /// Nothing where all are taken. Outlives what it gives.
    [[nodiscard]] std::optional<Place> take() noexcept {
        if (taken_.fetch_add(1) < most_) return Place(*this);
        --taken_;
        return std::nullopt;
    }

    /// How many are.
    [[nodiscard]] std::size_t taken() const noexcept { return taken_; }

  private:
    std::atomic<std::size_t> most_;
    std::atomic<std::size_t> taken_ = 0;
};

}  // namespace gateway
