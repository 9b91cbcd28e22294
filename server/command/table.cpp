#include "server/command/table.hpp"

#include "server/text/quote.hpp"

#include <boost/algorithm/string/case_conv.hpp>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace gateway::command {

namespace json = boost::json;

namespace {

/// A text that is safe on a terminal, and the columns it takes there.
struct Cell {
    std::string text;
    std::size_t width = 0;
};

std::string text_of(const json::value& value);

std::string text_of(const json::array& values) {
    std::string text;
    for (const auto& value : values) {
        if (!text.empty()) text += ", ";
        text += text_of(value);
    }
    return text;
}

std::string text_of(const json::value& value) {
    switch (value.kind()) {
        case json::kind::null:
            return {};
        case json::kind::bool_:
            return value.get_bool() ? "yes" : "no";
        case json::kind::string:
            return std::string(value.get_string());
        case json::kind::array:
            return text_of(value.get_array());
        case json::kind::int64:
        case json::kind::uint64:
        case json::kind::double_:
        case json::kind::object:
            return json::serialize(value);
    }
    return {};
}

Cell cell_of(const std::string_view text) {
    Cell cell{text.empty() ? "-" : printable(text), 0};
    const auto begins_character = [](const char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80;
    };
    cell.width = static_cast<std::size_t>(std::ranges::count_if(cell.text, begins_character));
    return cell;
}

/// "created_at" as "CREATED AT".
Cell heading_of(const std::string_view key) {
    auto heading = boost::to_upper_copy(std::string(key));
    std::ranges::replace(heading, '_', ' ');
    return cell_of(heading);
}

/// Cells line by line. Every line has as many.
using Grid = std::vector<std::vector<Cell>>;

std::vector<std::size_t> widths_of(const Grid& grid) {
    std::vector<std::size_t> widths(grid.front().size());
    for (const auto& line : grid) {
        for (std::size_t i = 0; i < line.size(); ++i)
            widths[i] = std::max(widths[i], line[i].width);
    }
    return widths;
}

void print_grid(std::ostream& out, const Grid& grid) {
    constexpr std::size_t gap = 2;
    const auto widths = widths_of(grid);
    for (const auto& line : grid) {
        std::size_t pending = 0;  // blanks, written only where something follows
        for (std::size_t i = 0; i < line.size(); ++i) {
            out << std::string(pending, ' ') << line[i].text;
            pending = widths[i] - line[i].width + gap;
        }
        out << '\n';
    }
}

const std::string& text_in(const Row& row, const std::string_view column) {
    const auto field = std::ranges::find(row.fields(), column, &Row::Field::key);
    if (field == row.fields().end()) throw std::logic_error("a row has no " + std::string(column));
    return field->text;
}

void print_json(std::ostream& out, const Row& row) {
    std::string_view before = "{";
    for (const auto& field : row.fields())
        out << std::exchange(before, ",") << json::serialize(json::string(field.key)) << ':' << field.json;
    out << '}';
}

}  // namespace

Row::Row(const std::initializer_list<std::pair<std::string_view, json::value_ref>> fields) {
    for (const auto& [key, value] : fields)
        add(key, value);
}

void Row::add(const std::string_view key, const json::value& value) {
    fields_.push_back({std::string(key), text_of(value), json::serialize(value)});
}

void Row::add_json(const std::string_view key, const std::string& json) {
    fields_.push_back({std::string(key), json, json});
}

void print_list(std::ostream& out, const OutputFormat format, const std::span<const std::string_view> columns,
                const std::span<const Row> rows) {
    if (format == OutputFormat::json) {
        out << '[';
        for (const auto& row : rows) {
            if (&row != &rows.front()) out << ',';
            print_json(out, row);
        }
        out << "]\n";
        return;
    }
    Grid grid(1);
    for (const auto column : columns)
        grid.front().push_back(heading_of(column));
    for (const auto& row : rows) {
        auto& line = grid.emplace_back();
        for (const auto column : columns)
            line.push_back(cell_of(text_in(row, column)));
    }
    print_grid(out, grid);
}

void print_one(std::ostream& out, const OutputFormat format, const Row& row) {
    if (format == OutputFormat::json) {
        print_json(out, row);
        out << '\n';
        return;
    }
    Grid grid;
    for (const auto& field : row.fields())
        grid.push_back({heading_of(field.key), cell_of(field.text)});
    if (!grid.empty()) print_grid(out, grid);
}

}  // namespace gateway::command
