// Reading rows of which some may hold what cannot be read.
#pragma once

#include "storage/engine/statement.hpp"
#include "storage/values/unreadable.hpp"

#include <string_view>
#include <type_traits>
#include <vector>

namespace gateway::storage {

/// What read(row) gives, or an UnreadableRow that names it by the text of its column `id`.
template <class Read>
auto read_row(const Query& row, const std::string_view table, const int id, const Read& read) {
    try {
        return read(row);
    } catch (const UnreadableValue& value) {
        throw UnreadableRow(table, row.text(id), value);
    }
}

/// All rows by read(row). One that throws UnreadableRow is reported and left out, where there is a report.
template <class Read>
auto read_rows(Query& row, const Read& read, const ReportUnreadable& report) {
    std::vector<std::invoke_result_t<const Read&, const Query&>> rows;
    while (row.step()) {
        try {
            rows.push_back(read(row));
        } catch (const UnreadableRow& unreadable) {
            if (!report) throw;
            report(unreadable.what());
        }
    }
    return rows;
}

}  // namespace gateway::storage
