// Long lists, a page at a time.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace gateway::storage {

/// Where a page begins: below this number.
inline constexpr std::int64_t newest = std::numeric_limits<std::int64_t>::max();

template <class Item>
struct Page {
    std::vector<Item> items;           ///< newest first
    std::optional<std::int64_t> next;  ///< what the next page begins below; nothing: this was all
};

}  // namespace gateway::storage
