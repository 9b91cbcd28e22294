#include "server/settings/kinds.hpp"

#include "server/text/plain_text.hpp"

#include <boost/algorithm/string/classification.hpp>
#include <boost/algorithm/string/predicate.hpp>
#include <boost/algorithm/string/split.hpp>
#include <boost/algorithm/string/trim.hpp>

#include <algorithm>
#include <optional>

namespace gateway::setting {

namespace {

struct Show {
    std::string operator()(bool value) const { return value ? "true" : "false"; }

    std::string operator()(std::int64_t value) const { return std::to_string(value); }

    std::string operator()(const std::string& value) const { return '"' + excerpt(value) + '"'; }

    std::string operator()(const std::vector<std::string>& value) const {
        return excerpt(TextList::write(value));
    }

    std::string operator()(const PlainText& value) const { return (*this)(value.text); }

    std::string operator()(const EmptySection&) const { return "an empty section"; }

    std::string operator()(const Unsupported& value) const { return value.shown; }
};

// A control character has no place in an address or a file name; a NUL would even cut it short, unseen.
bool has_control(const std::string_view text) {
    return std::ranges::any_of(text, is_control);
}

std::vector<std::string> split_at_commas(const std::string& text) {
    const auto is_blank = boost::is_any_of(" \t");
    std::vector<std::string> parts;
    if (boost::all(text, is_blank)) return parts;
    boost::split(parts, text, boost::is_any_of(","));
    for (auto& part : parts)
        boost::trim_if(part, is_blank);
    return parts;
}

std::optional<std::vector<std::string>> texts_of(const Written& written) {
    if (const auto* const list = std::get_if<std::vector<std::string>>(&written.value)) return *list;
    if (const auto* const plain = std::get_if<PlainText>(&written.value)) return split_at_commas(plain->text);
    return std::nullopt;
}

}  // namespace

std::string shown(const Written& written) {
    return std::visit(Show{}, written.value);
}

const std::string* text_of(const Written& written) noexcept {
    if (const auto* const plain = std::get_if<PlainText>(&written.value)) return &plain->text;
    return std::get_if<std::string>(&written.value);
}

Reading<bool> Boolean::read(const Written& written) {
    if (const auto* const value = std::get_if<bool>(&written.value)) return *value;
    if (const auto* const plain = std::get_if<PlainText>(&written.value)) {
        if (plain->text == "true") return true;
        if (plain->text == "false") return false;
    }
    return Refusal{shown(written)};
}

std::optional<std::int64_t> read_integer(const Written& written) {
    if (const auto* const value = std::get_if<std::int64_t>(&written.value)) return *value;
    if (const auto* const plain = std::get_if<PlainText>(&written.value)) return parse_integer(plain->text);
    return std::nullopt;
}

std::string Duration::allowed() const {
    return "a duration from " + write(min) + " to " + write(max);
}

Reading<std::chrono::milliseconds> Duration::read(const Written& written) const {
    const auto* const text = text_of(written);
    const auto value = text != nullptr ? parse_duration(*text) : std::nullopt;
    if (!value || *value < min || *value > max) return Refusal{shown(written)};
    return *value;
}

std::string Duration::write(std::chrono::milliseconds value) {
    return toml_string(format_duration(value));
}

std::string Size::allowed() const {
    return "a size from " + write(min) + " to " + write(max);
}

Reading<std::uint64_t> Size::read(const Written& written) const {
    const auto* const text = text_of(written);
    std::optional<std::uint64_t> value = text != nullptr ? parse_size(*text) : std::nullopt;
    if (const auto* const bytes = std::get_if<std::int64_t>(&written.value); bytes != nullptr && *bytes >= 0)
        value = static_cast<std::uint64_t>(*bytes);
    if (!value || *value < min || *value > max) return Refusal{shown(written)};
    return *value;
}

std::string Size::write(std::uint64_t value) {
    return toml_string(format_size(value));
}

Reading<std::string> Text::read(const Written& written) const {
    const auto* const text = text_of(written);
    auto spelled = text == nullptr || has_control(*text) ? std::nullopt : spell(*text);
    if (!spelled) return Refusal{shown(written)};
    return *std::move(spelled);
}

Reading<std::vector<std::string>> TextList::read(const Written& written) const {
    auto texts = texts_of(written);
    if (!texts) return Refusal{shown(written)};
    for (auto& text : *texts) {
        auto spelled = has_control(text) ? std::nullopt : spell(text);
        if (!spelled) return Refusal{shown({text, {}})};
        text = *std::move(spelled);
    }
    return *std::move(texts);
}

std::string TextList::write(const std::vector<std::string>& value) {
    std::string result = "[";
    for (const auto& text : value) {
        if (result.size() > 1) result += ", ";
        result += toml_string(text);
    }
    return result + "]";
}

std::string Path::allowed() const {
    return empty == Empty::means_none ? "the path of a file, or \"\" for none" : "the path of a file";
}

Reading<std::filesystem::path> Path::read(const Written& written) const {
    const auto* const text = text_of(written);
    if (text == nullptr || has_control(*text)) return Refusal{shown(written)};
    if (!text->empty()) return written.folder / *text;
    if (empty == Empty::refused) return Refusal{shown(written)};
    return std::filesystem::path();
}

std::string any_of(const std::vector<std::string_view>& words) {
    std::string result;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0) result += i + 1 == words.size() ? " or " : ", ";
        result += toml_string(words[i]);
    }
    return result;
}

}  // namespace gateway::setting
