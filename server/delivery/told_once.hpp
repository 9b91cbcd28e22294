// Faults of the database that many callers come upon, each told once.
#pragma once

#include "server/log/log.hpp"

#include <cstddef>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

namespace gateway::delivery {

/// Thread-safe.
class ToldOnce {
  public:
    /// `message` is a literal. `log` may be null: nothing is told then.
    ToldOnce(Log* const log, const std::string_view message) : log_(log), message_(message) {}

    void tell(const std::string& fault) {
        constexpr std::size_t most = 2'000;
        {
            const std::lock_guard lock(mutex_);
            if (told_.size() >= most) told_.clear();
            if (!told_.insert(fault).second) return;
        }
        if (log_) log_->error(message_, {{"reason", fault}});
    }

  private:
    Log* const log_;
    const std::string_view message_;
    std::mutex mutex_;
    std::set<std::string> told_;  // under mutex_
};

}  // namespace gateway::delivery
