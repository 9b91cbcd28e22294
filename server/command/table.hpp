// What the subcommands print of the database: tables for people, JSON for programs.
#pragma once

#include <boost/json/value.hpp>
#include <boost/json/value_ref.hpp>

#include <initializer_list>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gateway::command {

/// One resource: its fields in the order in which they are shown. A key such as "created_at" is what programs
/// read; people read the heading "CREATED AT".
class Row {
  public:
    struct Field {
        std::string key;
        std::string text;  ///< for people: "yes", "no", the items of an array one after the other
        std::string json;
    };

    Row(std::initializer_list<std::pair<std::string_view, boost::json::value_ref>> fields);

    void add(std::string_view key, const boost::json::value& value);

    /// One line of JSON that is printed as it is written, numbers with all their digits.
    void add_json(std::string_view key, const std::string& json);

    [[nodiscard]] std::span<const Field> fields() const noexcept { return fields_; }

  private:
    std::vector<Field> fields_;
};

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
