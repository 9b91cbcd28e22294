#include "server/api/wire.hpp"

#include "server/api/verification_token.hpp"
#include "server/api/webhook_url.hpp"
#include "server/text/quote.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>

namespace gateway::api {

namespace json = boost::json;

std::string found(const json::value& value) {
    switch (value.kind()) {
        case json::kind::null:
            return "null";
        case json::kind::bool_:
            return value.get_bool() ? "true" : "false";
        case json::kind::int64:
        case json::kind::uint64:
        case json::kind::double_:
            return "the number " + json::serialize(value);
        case json::kind::string:
            return quote(value.get_string());
        case json::kind::array:
            return "an array";
        case json::kind::object:
            return "an object";
    }
    return {};
}

ApiError wrong(const std::string_view field, const std::string_view what, const std::string_view expected) {
    std::string message(field);
    message.append(": found ").append(what).append(", expected ").append(expected).append(".");
    return {ErrorCode::invalid_request, std::move(message)};
}

Result<WebhookUrl> Wire<WebhookUrl>::parse(std::string_view, const std::string_view text) {
    const auto judgement = check_webhook_url(text);
    if (judgement.has_error()) return judgement.error();
    return WebhookUrl{std::string(text)};
}

json::object Wire<WebhookUrl>::schema(Components&) {
    return {{"type", "string"},
            {"format", "uri"},
            {"pattern", "^[Hh][Tt][Tt][Pp][Ss]?://"},
            {"maxLength", 2048},
            {"examples", {"https://example.com/webhook"}}};
}

Result<VerificationToken> Wire<VerificationToken>::parse(std::string_view, const std::string_view text) {
    const auto judgement = check_verification_token(text);
    if (judgement.has_error()) return judgement.error();
    return VerificationToken{std::string(text)};
}

json::object Wire<VerificationToken>::schema(Components&) {
    auto schema = schema_of_plain_text(1, 100);
    schema.emplace("writeOnly", true);
    schema.emplace("examples", json::array{"correct-horse-battery-staple"});
    return schema;
}

std::string any_of(const std::span<const std::string_view> words) {
    const bool are_two = words.size() == 2;
    std::string text = are_two ? "" : "one of ";
    for (const auto word : words) {
        if (word != words.front()) text += are_two ? " or " : ", ";
        text += word;
    }
    return text;
}

std::size_t place_of(const std::string_view word, const std::span<const std::string_view> words) {
    return static_cast<std::size_t>(std::ranges::find(words, word) - words.begin());
}

json::object schema_of_words(const std::span<const std::string_view> words) {
    json::array names;
    for (const auto word : words)
        names.emplace_back(word);
    return {{"type", "string"}, {"enum", std::move(names)}};
}

json::object schema_of_plain_text(const std::size_t least, const std::size_t most) {
    return {{"type", "string"},
            {"minLength", least},
            {"maxLength", most},
            {"pattern", "^[^\\u0000-\\u001f\\u007f-\\u009f]*$"}};
}

Result<EventSet> Wire<EventSet>::read(const std::string_view field, const json::value& value) {
    if (!value.is_array()) return wrong(field, found(value), expected());
    EventSet events;
    for (const auto& item : value.get_array()) {
        const auto type = item.is_string() ? parse_event_type(item.get_string()) : std::nullopt;
        if (!type) return wrong(field, found(item), expected());  // the first is told; there may be thousands
        events.add(*type);
    }
    return events;
}

json::value Wire<EventSet>::write(const EventSet& events, const json::storage_ptr& memory) {
    json::array names(memory);
    for (const auto type : events.in_order())
        names.emplace_back(to_string(type));
    return names;
}

json::object Wire<EventSet>::schema(Components& components) {
    return {{"type", "array"}, {"items", Wire<EventType>::schema(components)}};
}

Result<DateTime> Wire<DateTime>::parse(const std::string_view field, const std::string_view text) {
    constexpr std::size_t seconds = 19;  // 2025-03-15T12:00:00
    constexpr std::size_t longest_fraction = 9;
    auto fraction = text.size() > seconds ? text.substr(seconds) : std::string_view();
    if (fraction.ends_with('Z')) {
        fraction.remove_suffix(1);
        const bool has_point = fraction.starts_with('.');
        if (has_point) fraction.remove_prefix(1);
        const bool is_fraction =
            fraction.empty() != has_point && fraction.size() <= longest_fraction &&
            std::ranges::all_of(fraction, [](const char c) { return c >= '0' && c <= '9'; });
        const auto millis = std::string(fraction.substr(0, 3)).append("000").substr(0, 3);
        const auto time = parse_timestamp(std::string(text.substr(0, seconds)) + "." + millis + "Z");
        if (is_fraction && time) return DateTime{*time};
    }
    return wrong(field, found(json::value(text)), expected());
}

json::object Wire<DateTime>::schema(Components&) {
    return {{"type", "string"},
            {"format", "date-time"},
            {"pattern", "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,9})?Z$"},
            {"examples", {"2025-03-15T12:00:00.000Z"}}};
}

}  // namespace gateway::api
