#include "server/api/unreadable_rows.hpp"

#include <chrono>
#include <cstddef>

namespace gateway::api {

void UnreadableRows::tell(const std::string& row) {
    constexpr std::chrono::minutes pause{1};
    constexpr std::size_t most = 1'000;
    {
        const std::lock_guard lock(mutex_);
        const auto now = clock_();
        const auto known = told_.find(row);
        if (known != told_.end() && now >= known->second && now - known->second < pause) return;
        if (told_.size() >= most) told_.clear();
        told_.insert_or_assign(row, now);
    }
    log_.error("a row of the database cannot be read", {{"reason", row}});
}

}  // namespace gateway::api
