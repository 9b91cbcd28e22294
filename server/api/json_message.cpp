#include "server/api/json_message.hpp"

#include "server/text/plain_text.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>

namespace gateway::api {

namespace json = boost::json;

namespace {

std::string not_json(const std::string_view text, const boost::system::error_code error) {
    if (text.empty()) return "The request body is empty; a JSON object is expected.";
    if (text.starts_with(byte_order_mark)) {
        return "The request body begins with a byte order mark (EF BB BF); send the JSON without it.";
    }
    return "The request body is not JSON: " + error.message() + ".";
}

}  // namespace

FieldReader::FieldReader(const RequestSource& source)
    : source_(source), memory_(buffer_.data(), buffer_.size()), object_(&memory_) {
    if (!source.body) return;
    boost::system::error_code error;
    json::value value = json::parse(*source.body, error, &memory_);
    readable_ = !error && value.is_object();
    if (error) {
        fault(not_json(*source.body, error));
    } else if (!readable_) {
        fault("The request body is " + found(value) + "; a JSON object is expected.");
    } else {
        object_ = std::move(value.get_object());
    }
}

const std::string* FieldReader::text(const std::string_view name) const {
    const auto found = std::ranges::find(source_.texts, name, &TextField::name);
    return found == source_.texts.end() ? nullptr : &found->value;
}

void FieldReader::missing(const std::string_view name, const std::string_view expected) {
    // Where the body is no object at all, that is the one fault worth telling.
    if (!readable_) return;
    std::string message(name);
    fault(message.append(": missing, expected ").append(expected).append("."));
}

void FieldReader::fault(const std::string_view message) {
    if (!faults_.empty()) faults_ += ' ';
    faults_ += message;
}

std::string nothing_to_change(const std::string_view fields) {
    return "The request body names nothing to change, expected any of " + std::string(fields) + ".";
}

}  // namespace gateway::api
