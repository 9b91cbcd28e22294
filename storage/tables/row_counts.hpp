// How many rows the tables hold, to tell whether a copy has them all.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace gateway::storage {

class Snapshot;

struct RowCount {
    std::string_view table;
    std::int64_t rows = 0;

    friend bool operator==(const RowCount&, const RowCount&) = default;
};

/// Of every table that is there: an older database has fewer. Reads all of them.
std::vector<RowCount> count_rows(Snapshot& snapshot);

}  // namespace gateway::storage
