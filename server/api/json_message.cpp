#include "server/api/json_message.hpp"

#include "server/text/plain_text.hpp"

#include <algorithm>

namespace gateway::api {

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
    : source_(&source), memory_(buffer_.data(), buffer_.size()) {
    if (!source.body) return;
    boost::system::error_code error;
    body_ = compact_json(*source.body, error);
    const bool is_field = !source.body_field.empty();
    readable_ = !error && (is_field || JsonText(body_).is_object());
    if (error) {
        fault(not_json(*source.body, error));
    } else if (is_field) {
        whole_.emplace(body_);
    } else if (!readable_) {
        fault("The request body is " + found(JsonText(body_)) + "; a JSON object is expected.");
    } else {
        add_members(JsonText(body_));
    }
}

FieldReader::FieldReader(const JsonText object, std::string place)
    : place_(std::move(place)), memory_(buffer_.data(), buffer_.size()) {
    add_members(object);
}

void FieldReader::add_members(const JsonText object) {
    object.for_each_member([this](const JsonText key, const JsonText value) {
        members_.push_back({key, value});
    });
}

const std::string* FieldReader::text(const std::string_view name) const {
    if (!source_) return nullptr;
    const auto found = std::ranges::find(source_->texts, name, &TextField::name);
    return found == source_->texts.end() ? nullptr : &found->value;
}

const JsonText* FieldReader::member(const std::string_view name) const {
    if (whole_) return name == source_->body_field ? &*whole_ : nullptr;
    const auto found = std::find_if(members_.rbegin(), members_.rend(),
                                    [name](const Member& member) { return member.key.says(name); });
    return found == members_.rend() ? nullptr : &found->value;
}

void FieldReader::missing(const std::string_view name, const std::string_view expected) {
    // Where the body is no object at all, that is the one fault worth telling.
    if (!readable_) return;
    fault(placed(name).append(": missing, expected ").append(expected).append("."));
}

void FieldReader::fault(const std::string_view message) {
    if (!faults_.empty()) faults_ += ' ';
    faults_ += message;
}

void FieldReader::keep_fault(const ApiError& error, const ErrorCode code) {
    fault(error.message);
    for (const auto special : {code, error.code})
        if (special != ErrorCode::invalid_request) code_ = special;
}

std::string nothing_to_change(const std::string_view fields) {
    return "The request body names nothing to change, expected any of " + std::string(fields) + ".";
}

}  // namespace gateway::api
