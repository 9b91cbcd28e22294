// What the subcommands print of the database: tables for people, JSON for programs.
#pragma once

#include <boost/json/object.hpp>

#include <ostream>
#include <span>
#include <string_view>

namespace gateway::command {

/// One resource: its fields in the order in which they are shown. A key such as "created_at" is what programs
/// read; people read the heading "CREATED AT".
using Row = boost::json::object;

enum class OutputFormat {
    text,  ///< aligned columns; null and the empty text as "-", control characters escaped
    json,  ///< one JSON text on one line
};

/// A table of these columns with a heading, rows or no rows; or a JSON array of the rows, all their fields in
/// it. Every row has every column.
void print_list(std::ostream& out, OutputFormat format, std::span<const std::string_view> columns,
                std::span<const Row> rows);

/// A line for each field; or a JSON object.
void print_one(std::ostream& out, OutputFormat format, const Row& row);

}  // namespace gateway::command
