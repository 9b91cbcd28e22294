// How often, and how many at once, webhooks may be challenged.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <string>

namespace gateway::api {

/// What the settings say of activations.
struct ActivationRules {
    int per_minute = 6;                         ///< for each webhook; ten times as many for an app or a host
    std::chrono::milliseconds timeout{10'000};  ///< from the name look-up to the last byte of the answer
};

/// Bounds the challenges that run at once in this process. One app may have a quarter of them (but at least
/// one), so that no app can keep the others out. Thread-safe.
class ActivationSlots {
  public:
    explicit ActivationSlots(const std::size_t most) : most_(most) {}

    /// Those that are taken stay.
    void set_most(std::size_t most);

    /// A slot for as long as it lives, if there was one.
    class Slot {
      public:
        Slot(ActivationSlots& slots, std::string app_id);
        ~Slot();
        Slot(const Slot&) = delete;
        Slot& operator=(const Slot&) = delete;

        [[nodiscard]] bool taken() const noexcept { return taken_; }

      private:
        ActivationSlots& slots_;
        const std::string app_id_;
        const bool taken_;
    };

  private:
    bool take(const std::string& app_id);
    void give_back(const std::string& app_id);

    std::mutex mutex_;
    std::size_t most_;  // these under mutex_
    std::size_t running_ = 0;
    std::map<std::string, std::size_t> by_app_;  // of apps that have any
};

}  // namespace gateway::api
