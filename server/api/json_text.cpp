#include "server/api/json_text.hpp"

#include "server/api/wire.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace gateway::api {

namespace json = boost::json;

namespace {

using Error = boost::system::error_code;

constexpr std::size_t no_limit = static_cast<std::size_t>(-1);

/// Takes part in a parse for the sake of its faults.
struct Judge {
    static constexpr std::size_t max_object_size = no_limit;
    static constexpr std::size_t max_array_size = no_limit;
    static constexpr std::size_t max_key_size = no_limit;
    static constexpr std::size_t max_string_size = no_limit;

    // NOLINTBEGIN(readability-convert-member-functions-to-static): the parser's interface
    bool on_document_begin(Error&) { return true; }

    bool on_document_end(Error&) { return true; }

    bool on_object_begin(Error&) { return true; }

    bool on_object_end(std::size_t, Error&) { return true; }

    bool on_array_begin(Error&) { return true; }

    bool on_array_end(std::size_t, Error&) { return true; }

    bool on_key_part(json::string_view, std::size_t, Error&) { return true; }

    bool on_key(json::string_view, std::size_t, Error&) { return true; }

    bool on_string_part(json::string_view, std::size_t, Error&) { return true; }

    bool on_string(json::string_view, std::size_t, Error&) { return true; }

    bool on_number_part(json::string_view, Error&) { return true; }

    bool on_int64(std::int64_t, json::string_view, Error&) { return true; }

    bool on_uint64(std::uint64_t, json::string_view, Error&) { return true; }

    bool on_double(double, json::string_view, Error&) { return true; }

    bool on_bool(bool, Error&) { return true; }

    bool on_null(Error&) { return true; }

    bool on_comment_part(json::string_view, Error&) { return true; }

    bool on_comment(json::string_view, Error&) { return true; }

    // NOLINTEND(readability-convert-member-functions-to-static)
};

/// Finds a key that an object has twice.
struct KeyJudge : Judge {
    std::vector<std::vector<std::string>> objects;  // those that are open, and their keys
    std::string key;
    std::optional<std::string> repeated;

    bool on_object_begin(Error&) {
        objects.emplace_back();
        return true;
    }

    bool on_key_part(const json::string_view part, std::size_t, Error&) {
        key.append(part);
        return true;
    }

    bool on_key(const json::string_view part, std::size_t, Error&) {
        key.append(part);
        objects.back().push_back(std::exchange(key, {}));
        return true;
    }

    bool on_object_end(std::size_t, Error&) {
        auto& keys = objects.back();
        std::ranges::sort(keys);
        const auto twice = std::ranges::adjacent_find(keys);
        if (twice != keys.end()) repeated = *twice;
        objects.pop_back();
        return true;
    }
};

json::parse_options within(const std::size_t depth) {
    json::parse_options options;
    options.max_depth = depth;
    return options;
}

/// Behind the string that begins at `begin`.
std::size_t end_of_string(const std::string_view text, const std::size_t begin) {
    for (auto quote = text.find('"', begin + 1);; quote = text.find('"', quote + 1)) {
        // An escape is a backslash and what follows, so an odd one before the quote escapes it.
        auto first = quote;
        while (text[first - 1] == '\\')
            --first;
        if ((quote - first) % 2 == 0) return quote + 1;
    }
}

bool is_blank(const char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

}  // namespace

std::string compact_json(const std::string_view text, Error& error) {
    json::basic_parser<Judge> parser(within(most_body_depth));
    const auto used = parser.write_some(false, text.data(), text.size(), error);
    if (!error && used < text.size()) error = json::error::extra_data;
    std::string compact;
    if (error) return compact;
    compact.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        if (is_blank(text[at])) {
            ++at;
            continue;
        }
        auto end = at;
        while (end < text.size() && !is_blank(text[end]))
            end = text[end] == '"' ? end_of_string(text, end) : end + 1;
        compact.append(text, at, end - at);
        at = end;
    }
    return compact;
}

bool JsonText::says(const std::string_view wanted) const {
    if (!is_string()) return false;
    if (text_.find('\\') != std::string_view::npos) return decoded() == wanted;
    return text_.substr(1, text_.size() - 2) == wanted;
}

std::string JsonText::decoded() const {
    if (text_.find('\\') == std::string_view::npos) return std::string(text_.substr(1, text_.size() - 2));
    return std::string(value().get_string());
}

json::value JsonText::value(const json::storage_ptr& memory) const {
    return json::parse(text_, memory, within(most_body_depth));
}

std::string_view JsonText::string_at(const std::size_t begin) const {
    return text_.substr(begin, end_of_string(text_, begin) - begin);
}

std::string_view JsonText::value_at(const std::size_t begin) const {
    if (text_[begin] == '"') return string_at(begin);
    auto end = begin;
    if (text_[begin] != '{' && text_[begin] != '[') {
        end = text_.find_first_of(",]}", begin);
        return text_.substr(begin, end - begin);
    }
    std::size_t depth = 0;
    do {
        const char c = text_[end];
        if (c == '{' || c == '[') ++depth;
        if (c == '}' || c == ']') --depth;
        end = c == '"' ? end_of_string(text_, end) : end + 1;
    } while (depth > 0);
    return text_.substr(begin, end - begin);
}

KeyFaults judge_keys(const JsonText value, const std::size_t depth) {
    json::basic_parser<KeyJudge> parser(within(depth));
    Error error;
    parser.write_some(false, value.text().data(), value.text().size(), error);
    return {error == json::error::too_deep, std::move(parser.handler().repeated)};
}

std::string found(const JsonText value) {
    if (value.is_object()) return "an object";
    if (value.is_array()) return "an array";
    return found(value.value());
}

std::string_view kind(const JsonText value) {
    switch (value.text().front()) {
        case '{':
            return "an object";
        case '[':
            return "an array";
        case '"':
            return "a text";
        case 't':
        case 'f':
            return "true or false";
        case 'n':
            return "null";
        default:
            return "a number";
    }
}

}  // namespace gateway::api
