// Going through events in the order of their numbers, by several indexes at once.
#pragma once

#include "storage/engine/statement.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace gateway::storage {

class Snapshot;

/// Numbers of events out of one statement, some at a time: several walks take turns with one statement.
class EventWalk {
  public:
    /// The statement has three parameters: `key`, the number that it begins behind, and how many it gives at
    /// most.
    EventWalk(const Sql sql, const std::int64_t key, const std::int64_t behind)
        : sql_(sql), key_(key), behind_(behind) {}

    /// Nothing at its end.
    std::optional<std::int64_t> head(Snapshot& snapshot);

    void next() noexcept { ++at_; }

  private:
    void refill(Snapshot& snapshot);

    Sql sql_;
    std::int64_t key_;
    std::int64_t behind_;
    std::size_t size_ = 16;  // small at first: there may be many walks
    std::vector<std::int64_t> numbers_;
    std::size_t at_ = 0;
    bool is_over_ = false;
};

enum class Order { oldest_first, newest_first };

/// The number that the walks come to next, all of them going in this order; nothing when all are over. They
/// go past it.
std::optional<std::int64_t> next_of(Snapshot& snapshot, std::vector<EventWalk>& walks, Order order);

}  // namespace gateway::storage
