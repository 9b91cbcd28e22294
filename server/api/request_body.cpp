#include "server/api/request_body.hpp"

#include "server/api/failures.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace gateway::api {

namespace json = boost::json;

namespace {

std::string expected_event_type() {
    std::string expected = "one of ";
    for (const auto name : event_type_names) {
        if (name != event_type_names.front()) expected += ", ";
        expected += name;
    }
    return expected;
}

}  // namespace

std::string found(const json::value& value) {
    switch (value.kind()) {
        case json::kind::null: return "null";
        case json::kind::bool_: return value.get_bool() ? "true" : "false";
        case json::kind::int64:
        case json::kind::uint64:
        case json::kind::double_: return "the number " + json::serialize(value);
        case json::kind::string: return quoted(value.get_string());
        case json::kind::array: return "an array";
        case json::kind::object: return "an object";
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
    const json::value* const value = required(field, expected_event_type());
    if (!value) return std::nullopt;
    if (value->is_string()) {
        if (const auto type = parse_event_type(value->get_string())) return type;
    }
    fault(std::string(field) + ": found " + found(*value) + ", expected " + expected_event_type() + ".");
    return std::nullopt;
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
