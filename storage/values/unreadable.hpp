// What stands in the database where the program can read nothing of it: put there by hand, past the rules of
// the tables.
#pragma once

#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace gateway::storage {

/// One value: which column, what was found, what belongs there.
class UnreadableValue : public std::runtime_error {
  public:
    UnreadableValue(const std::string_view column, const std::string_view found,
                    const std::string_view expected)
        : std::runtime_error(std::string(column) + " holds " + std::string(found) + " where " +
                             std::string(expected) + " belongs") {}
};

/// Why not all of a row can be read, for an operator.
inline std::string fault_in_row(const std::string_view table, const std::string_view id,
                                const UnreadableValue& value) {
    return "row " + std::string(id) + " of " + std::string(table) + ": " + value.what() +
           "; put it right there, or delete the row";
}

/// Takes what fault_in_row() says of a row that is passed over. Called on the thread that reads.
using ReportUnreadable = std::function<void(const std::string& row)>;

}  // namespace gateway::storage
