// What is wrong with the daemon, for whoever asks.
#pragma once

#include <mutex>
#include <string>
#include <vector>

namespace gateway::health {

/// Of one part of the daemon.
struct Finding {
    std::string part;     ///< e.g. "writer", "io 1", "disk"
    std::string trouble;  ///< e.g. "no progress for 21 s"; empty: all is well
};

/// As they were found last. Any thread.
class Findings {
  public:
    void replace(std::vector<Finding> findings);

    /// Every part that is watched.
    [[nodiscard]] std::vector<Finding> all() const;

    /// Parts and their troubles in a line; empty where all is well.
    [[nodiscard]] std::string troubles() const;

  private:
    mutable std::mutex mutex_;
    std::vector<Finding> findings_;  // under mutex_
};

}  // namespace gateway::health
