// Tells a thread that there is something for it to look at.
#pragma once

#include <functional>
#include <mutex>
#include <utility>

namespace gateway::delivery {

/// Thread-safe; whoever rings never waits for the listener.
class Bell {
  public:
    void ring() {
        const std::lock_guard lock(mutex_);
        if (heard_) heard_();
    }

    /// `heard` is called on the thread that rings; an empty function ends it.
    void listen(std::function<void()> heard) {
        const std::lock_guard lock(mutex_);
        heard_ = std::move(heard);
    }

  private:
    std::mutex mutex_;
    std::function<void()> heard_;  // under mutex_
};

}  // namespace gateway::delivery
