#include "server/api/request_body.hpp"

#include "server/api/api_errors.hpp"
#include "server/text/quote.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace gateway::api {

namespace json = boost::json;

const std::string& expected_event_type() {
    static const std::string expected = [] {
        std::string text = "one of ";
        for (const auto name : event_type_names) {
            if (name != event_type_names.front()) text += ", ";
            text += name;
        }
        return text;
    }();
    return expected;
}

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

RequestBody::RequestBody(const std::string_view text)
    : memory_(buffer_.data(), buffer_.size()), object_(&memory_) {
    boost::system::error_code error;
    json::value value = json::parse(text, error, &memory_);
    if (error) {
        fault(text.empty() ? "The request body is empty; a JSON object is expected."
                           : "The request body is not JSON: " + error.message() + ".");
    } else if (!value.is_object()) {
        fault("The request body is " + found(value) + "; a JSON object is expected.");
    } else {
        object_ = std::move(value.get_object());
    }
}

std::optional<EventType> RequestBody::event_type(const std::string_view field) {
    return word(field, expected_event_type(), parse_event_type);
}

std::optional<EventSet> RequestBody::event_set(const std::string_view field) {
    const auto expected = "an array, each item " + expected_event_type();
    const auto* const value = required(field, expected);
    if (!value) return std::nullopt;
    if (!value->is_array()) {
        wrong(field, *value, expected);
        return std::nullopt;
    }
    EventSet events;
    bool good = true;
    for (const auto& item : value->get_array()) {
        const auto type = item.is_string() ? parse_event_type(item.get_string()) : std::nullopt;
        if (type) events.add(*type);
        if (!type && good) wrong(field, item, expected);  // the first is told; a body may hold thousands
        good = good && type;
    }
    return good ? std::optional(events) : std::nullopt;
}

std::optional<std::string> RequestBody::any_text(const std::string_view field,
                                                 const std::string_view expected) {
    const auto* const value = required(field, expected);
    if (!value) return std::nullopt;
    if (value->is_string()) return std::string(value->get_string());
    wrong(field, *value, expected);
    return std::nullopt;
}

void RequestBody::wrong(const std::string_view field, const json::value& value,
                        const std::string_view expected) {
    fault(std::string(field) + ": found " + found(value) + ", expected " + std::string(expected) + ".");
}

const json::value* RequestBody::required(const std::string_view field, const std::string_view expected) {
    if (const auto* const value = object_.if_contains(field)) return value;
    // Where the body is no object at all, that is the one fault worth telling.
    if (good() || !object_.empty()) {
        fault(std::string(field) + ": missing, expected " + std::string(expected) + ".");
    }
    return nullptr;
}

void RequestBody::fault(const std::string_view message) {
    if (!faults_.empty()) faults_ += ' ';
    faults_ += message;
}

}  // namespace gateway::api
