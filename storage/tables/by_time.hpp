// Finding a time in a table whose rows are numbered as they came.
#pragma once

#include "storage/values/timestamp.hpp"

#include <cstdint>
#include <numeric>
#include <optional>

namespace gateway::storage {

/// A row, and when it came.
struct TimedRow {
    std::int64_t number = 0;
    Timestamp time;
};

/// The number of the first row that came at `time` or later; `end` where none below `end` did. `at_or_after`
/// gives the first row from a number on: it is asked as often as `end` can be halved, whatever gaps there
/// are. Where times go back it finds one of the places that it could be.
template <class AtOrAfter>
std::int64_t first_row_since(const std::int64_t end, const Timestamp time, const AtOrAfter& at_or_after) {
    std::int64_t low = 0;
    std::int64_t high = end;
    while (low < high) {
        const auto middle = std::midpoint(low, high);
        const std::optional<TimedRow> row = at_or_after(middle);
        if (!row || row->number >= high || row->time >= time)
            high = middle;
        else
            low = row->number + 1;
    }
    return low;
}

}  // namespace gateway::storage
