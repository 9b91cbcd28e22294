// How often, and how many at once, webhooks may be challenged.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>

namespace gateway::api {

/// What the settings say of activations.
struct ActivationRules {
    int per_minute = 6;                         ///< for each webhook
    std::chrono::milliseconds timeout{10'000};  ///< from the name look-up to the last byte of the answer
};

/// Bounds the challenges that run at once in this process. Thread-safe.
class ActivationSlots {
  public:
    explicit ActivationSlots(std::size_t most) : most_(most) {}

    /// A slot for as long as it lives, if there was one.
    class Slot {
      public:
        explicit Slot(ActivationSlots& slots)
            : slots_(slots), taken_(slots.running_.fetch_add(1) < slots.most_) {}

        ~Slot() { slots_.running_.fetch_sub(1); }

        Slot(const Slot&) = delete;
        Slot& operator=(const Slot&) = delete;

        [[nodiscard]] bool taken() const noexcept { return taken_; }

      private:
        ActivationSlots& slots_;
        bool taken_;
    };

  private:
    const std::size_t most_;
    std::atomic<std::size_t> running_ = 0;
};

}  // namespace gateway::api
