#include "server/gateway/connect/connect_json.hpp"

#include <boost/container/small_vector.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include <algorithm>

namespace gateway::connect {

using api::JsonText;

namespace {

void add_name(std::string& out, const std::string_view name) {
    if (out.back() != '{') out += ',';
    out.append("\"").append(name).append("\":");
}

bool is_null(const JsonText value) {
    return value.text() == "null";
}

/// Whether it is an integer as JSON has it.
bool is_number(const std::string_view text) {
    const auto digits = text.substr(text.starts_with('-') ? 1 : 0);
    const bool has_leading_zero = digits.size() > 1 && digits.starts_with('0');
    return !digits.empty() && !has_leading_zero &&
           digits.find_first_not_of("0123456789") == std::string_view::npos;
}

template <class AddItem>
void add_items(std::string& out, const JsonText array, const AddItem& add_item) {
    out += '[';
    array.for_each_item([&](const JsonText item) {
        if (out.back() != '[') out += ',';
        add_item(item);
    });
    out += ']';
}

void add_request(std::string& out, const ProtoMessage& message, JsonText object);

void add_request_value(std::string& out, const ProtoField& field, const JsonText value) {
    if (field.kind == ProtoKind::message && value.is_object()) {
        if (!field.message->is_wrapper) {
            add_request(out, *field.message, value);
            return;
        }
        std::optional<JsonText> values;
        value.for_each_member([&values](const JsonText key, const JsonText list) {
            if (key.says("values") && !is_null(list)) values = list;
        });
        const auto& items = field.message->fields.front();
        if (values && values->is_array()) {
            add_items(out, *values, [&](const JsonText item) { add_request_value(out, items, item); });
        } else {
            out += values ? values->text() : "[]";
        }
        return;
    }
    if (field.kind == ProtoKind::json && value.is_string()) {
        if (const auto json = as_json(value.decoded())) {
            out += *json;
            return;
        }
    }
    const bool is_integer = field.kind == ProtoKind::int32 || field.kind == ProtoKind::int64;
    if (is_integer && value.is_string()) {
        const auto text = value.decoded();
        if (is_number(text)) {
            out += text;
            return;
        }
    }
    out += value.text();
}

void add_request(std::string& out, const ProtoMessage& message, const JsonText object) {
    out += '{';
    boost::container::small_vector<bool, 32> present(message.fields.size());
    object.for_each_member([&](const JsonText key, const JsonText value) {
        const auto* const field = field_of(message, key);
        if (!field || is_null(value)) return;
        present[static_cast<std::size_t>(field->number) - 1] = true;
        add_name(out, field->name);
        if (field->is_list && value.is_array()) {
            add_items(out, value, [&](const JsonText item) { add_request_value(out, *field, item); });
        } else {
            add_request_value(out, *field, value);
        }
    });
    for (const auto& field : message.fields) {
        const auto text = default_json(field);
        if (present[static_cast<std::size_t>(field.number) - 1] || text.empty()) continue;
        add_name(out, field.name);
        out += text;
    }
    out += '}';
}

void add_response(std::string& out, const ProtoMessage& message, JsonText object);

void add_response_value(std::string& out, const ProtoField& field, const JsonText value) {
    switch (field.kind) {
        case ProtoKind::message:
            if (field.message->is_wrapper) {
                const auto& items = field.message->fields.front();
                out += R"({"values":)";
                add_items(out, value, [&](const JsonText item) { add_response_value(out, items, item); });
                out += '}';
            } else {
                add_response(out, *field.message, value);
            }
            return;
        case ProtoKind::json:
            out += json_string(value.text());
            return;
        case ProtoKind::int64:
            out.append("\"").append(value.text()).append("\"");
            return;
        case ProtoKind::text:
        case ProtoKind::boolean:
        case ProtoKind::int32:
            out += value.text();
    }
}

void add_response(std::string& out, const ProtoMessage& message, const JsonText object) {
    out += '{';
    object.for_each_member([&](const JsonText key, const JsonText value) {
        const auto* const field = field_of(message, key);
        if (!field) return;
        add_name(out, field->json_name);
        if (field->is_list) {
            add_items(out, value, [&](const JsonText item) { add_response_value(out, *field, item); });
        } else {
            add_response_value(out, *field, value);
        }
    });
    out += '}';
}

}  // namespace

std::string to_paths_json(const ProtoMessage& message, const JsonText object) {
    std::string out;
    out.reserve(object.text().size() + 32);
    add_request(out, message, object);
    return out;
}

std::string to_connect_json(const ProtoMessage& message, const JsonText object) {
    std::string out;
    out.reserve(object.text().size() + 32);
    add_response(out, message, object);
    return out;
}

std::string json_string(const std::string_view text) {
    const auto needs_escape = [](const char c) {
        return c == '"' || c == '\\' || static_cast<unsigned char>(c) < ' ';
    };
    if (std::ranges::any_of(text, needs_escape)) return boost::json::serialize(boost::json::string(text));
    std::string quoted;
    quoted.reserve(text.size() + 2);
    return quoted.append(1, '"').append(text).append(1, '"');
}

const ProtoField* field_of(const ProtoMessage& message, const JsonText key) {
    const auto text = key.text();
    if (text.find('\\') != std::string_view::npos) return message.find(key.decoded());
    return message.find(text.substr(1, text.size() - 2));
}

std::optional<std::string> as_json(const std::string_view text) {
    boost::system::error_code error;
    auto compact = api::compact_json(text, error);
    if (error || compact.empty()) return std::nullopt;
    return compact;
}

std::string_view default_json(const ProtoField& field) {
    if (field.is_list) return "[]";
    if (field.is_optional) return {};
    switch (field.kind) {
        case ProtoKind::boolean:
            return "false";
        case ProtoKind::int32:
        case ProtoKind::int64:
            return "0";
        case ProtoKind::text:
        case ProtoKind::json:
        case ProtoKind::message:
            return {};
    }
    return {};
}

}  // namespace gateway::connect
