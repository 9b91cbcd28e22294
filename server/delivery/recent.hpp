// What was read of the database lately.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace gateway::delivery {

/// Values by an id, a bounded number of them, each for a while: what another process changes is noticed then.
/// Thread-safe.
template <class Value>
class Recent {
  public:
    using Time = std::chrono::steady_clock;

    Recent(const std::size_t most, const Time::duration kept_for) : most_(most), kept_for_(kept_for) {}

    /// Nothing where it is not known, or not lately.
    [[nodiscard]] std::optional<Value> find(const std::string& id) const {
        const std::lock_guard lock(mutex_);
        const auto known = values_.find(id);
        if (known == values_.end() || Time::now() >= known->second.until) return std::nullopt;
        return known->second.value;
    }

    /// As find(), however long ago.
    [[nodiscard]] std::optional<Value> find_old(const std::string& id) const {
        const std::lock_guard lock(mutex_);
        const auto known = values_.find(id);
        return known == values_.end() ? std::nullopt : std::optional(known->second.value);
    }

    /// Another number after each forget().
    [[nodiscard]] std::uint64_t age() const {
        const std::lock_guard lock(mutex_);
        return age_;
    }

    /// `age` is that of before the value was read: what was forgotten meanwhile stays so.
    void remember(const std::string& id, Value value, const std::uint64_t age) {
        const std::lock_guard lock(mutex_);
        if (age != age_) return;
        if (values_.size() >= most_ && !values_.contains(id)) values_.clear();
        values_.insert_or_assign(id, Entry{std::move(value), Time::now() + kept_for_});
    }

    void forget(const std::string& id) {
        const std::lock_guard lock(mutex_);
        ++age_;
        values_.erase(id);
    }

  private:
    struct Entry {
        Value value;
        Time::time_point until;
    };

    const std::size_t most_;
    const Time::duration kept_for_;
    mutable std::mutex mutex_;
    std::uint64_t age_ = 0;                          // under mutex_
    std::unordered_map<std::string, Entry> values_;  // under mutex_
};

}  // namespace gateway::delivery
