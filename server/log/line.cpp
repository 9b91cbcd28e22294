#include "server/log/line.hpp"

#include "server/text/plain_text.hpp"

#include <boost/algorithm/hex.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <iterator>

namespace gateway {

namespace {

/// Enough for the line of a request, so that it is formatted with one allocation.
constexpr std::size_t usual_line = 512;

std::string_view to_string(const LogLevel level) {
    switch (level) {
        case LogLevel::trace:
            return "trace";
        case LogLevel::debug:
            return "debug";
        case LogLevel::info:
            return "info";
        case LogLevel::warning:
            return "warning";
        case LogLevel::error:
            return "error";
    }
    return "error";
}

/// For each byte whether it is written as it is wherever text stands: ASCII without controls, quotes and
/// backslash.
constexpr auto plain_bytes = [] {
    std::array<bool, 256> plain{};
    for (std::size_t byte = ' '; byte <= '~'; ++byte)
        plain[byte] = byte != '"' && byte != '\\';
    return plain;
}();

bool is_plain(const char character) {
    return plain_bytes[static_cast<unsigned char>(character)];
}

/// Control characters, line separators, and those that change the direction of the text around them.
bool is_invisible(const Character& character) {
    const auto point = character.point;
    return character.kind == CharacterKind::control || (point >= 0x2028 && point <= 0x202e) ||
           (point >= 0x2066 && point <= 0x2069);
}

void append_unicode_escape(std::string& line, const char16_t point) {
    line += "\\u";
    boost::algorithm::hex_lower(&point, &point + 1, std::back_inserter(line));
}

enum class Quotes { escaped, kept };

/// Appends the character that `text` begins with, escaped as in a JSON string, and returns what follows it.
std::string_view append_special(std::string& line, const std::string_view text, const Quotes quotes) {
    switch (text.front()) {
        case '"':
            line += quotes == Quotes::escaped ? "\\\"" : "\"";
            return text.substr(1);
        case '\\':
            line += "\\\\";
            return text.substr(1);
        case '\n':
            line += "\\n";
            return text.substr(1);
        case '\r':
            line += "\\r";
            return text.substr(1);
        case '\t':
            line += "\\t";
            return text.substr(1);
        default:
            break;
    }
    const auto character = first_character(text);
    if (character.kind == CharacterKind::malformed)
        line += "\ufffd";
    else if (is_invisible(character))
        append_unicode_escape(line, static_cast<char16_t>(character.point));
    else
        line += character.bytes;
    return text.substr(character.bytes.size());
}

void append_escaped(std::string& line, std::string_view text, const Quotes quotes) {
    while (!text.empty()) {
        const auto special = std::ranges::find_if_not(text, is_plain);
        line.append(text.begin(), special);
        text.remove_prefix(static_cast<std::size_t>(special - text.begin()));
        if (!text.empty()) text = append_special(line, text, quotes);
    }
}

void append_quoted(std::string& line, const std::string_view text) {
    line += '"';
    append_escaped(line, text, Quotes::escaped);
    line += '"';
}

void append_number(std::string& line, const std::integral auto number) {
    std::array<char, 24> digits{};
    line.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

void append_milliseconds(std::string& line, const std::chrono::microseconds duration) {
    const auto count = duration.count();
    if (count < 0) line += '-';
    const std::uint64_t magnitude =
        count < 0 ? 0 - static_cast<std::uint64_t>(count) : static_cast<std::uint64_t>(count);
    append_number(line, magnitude / 1000);
    line += '.';
    for (std::uint64_t unit = 100; unit > 0; unit /= 10)
        line += static_cast<char>('0' + magnitude / unit % 10);
}

/// Text that a reader could mistake for the end of its field, or for nothing, is quoted.
bool needs_quotes(const std::string_view text) {
    return text.empty() || !std::ranges::all_of(text, [](const char character) {
               return is_plain(character) && character != ' ' && character != '=';
           });
}

/// Appends the value of a field; text as the format wants it.
struct AppendValue {
    std::string& line;
    LogFormat format;

    void operator()(std::monostate) const {}

    void operator()(const std::string_view text) const {
        if (format == LogFormat::json || needs_quotes(text))
            append_quoted(line, text);
        else
            line += text;
    }

    void operator()(const bool truth) const { line += truth ? "true" : "false"; }

    void operator()(const std::integral auto number) const { append_number(line, number); }

    void operator()(const std::chrono::microseconds duration) const { append_milliseconds(line, duration); }
};

bool is_present(const LogField& field) {
    return !std::holds_alternative<std::monostate>(field.value.get());
}

void append_text(std::string& line, const Timestamp time, const LogLevel level,
                 const std::string_view message, const LogFields fields) {
    constexpr std::size_t level_width = 5;
    const std::string_view name = to_string(level);
    line.append(format_timestamp(time)).append(1, ' ').append(name);
    line.append(level_width - std::min(name.size(), level_width) + 1, ' ');
    append_escaped(line, message, Quotes::kept);
    for (const LogField& field : fields) {
        if (!is_present(field)) continue;
        line.append(1, ' ').append(field.key).append(1, '=');
        std::visit(AppendValue{line, LogFormat::text}, field.value.get());
    }
}

void append_json(std::string& line, const Timestamp time, const LogLevel level,
                 const std::string_view message, const LogFields fields) {
    line.append(R"({"time":")").append(format_timestamp(time));
    line.append(R"(","level":")").append(to_string(level)).append(R"(","message":)");
    append_quoted(line, message);
    for (const LogField& field : fields) {
        if (!is_present(field)) continue;
        line.append(R"(,")").append(field.key).append(R"(":)");
        std::visit(AppendValue{line, LogFormat::json}, field.value.get());
    }
    line += '}';
}

}  // namespace

std::string format_line(const LogFormat format, const Timestamp time, const LogLevel level,
                        const std::string_view message, const LogFields fields) {
    std::string line;
    line.reserve(usual_line);
    if (format == LogFormat::json)
        append_json(line, time, level, message, fields);
    else
        append_text(line, time, level, message, fields);
    line += '\n';
    return line;
}

}  // namespace gateway
