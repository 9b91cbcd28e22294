#include "storage/tables/event_walk.hpp"

#include "storage/engine/transaction.hpp"

#include <algorithm>

namespace gateway::storage {

std::optional<std::int64_t> EventWalk::head(Snapshot& snapshot) {
    if (at_ == numbers_.size() && !is_over_) refill(snapshot);
    if (at_ == numbers_.size()) return std::nullopt;
    return numbers_[at_];
}

void EventWalk::refill(Snapshot& snapshot) {
    numbers_.clear();
    at_ = 0;
    Query row = snapshot.query(sql_, key_, behind_, size_);
    while (row.step())
        numbers_.push_back(row.integer(0));
    is_over_ = numbers_.size() < size_;
    if (!numbers_.empty()) behind_ = numbers_.back();
    constexpr std::size_t largest = 1'024;
    size_ = std::min(4 * size_, largest);
}

std::optional<std::int64_t> next_of(Snapshot& snapshot, std::vector<EventWalk>& walks, const Order order) {
    EventWalk* first = nullptr;
    std::optional<std::int64_t> number;
    for (auto& walk : walks) {
        const auto head = walk.head(snapshot);
        if (!head) continue;
        const bool is_later = number && (order == Order::newest_first ? *head < *number : *head > *number);
        if (is_later) continue;
        number = head;
        first = &walk;
    }
    if (first != nullptr) first->next();
    return number;
}

}  // namespace gateway::storage
