#include "server/gateway/connect/proto_schema.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <cctype>
#include <stdexcept>

namespace gateway::connect {

namespace json = boost::json;

namespace {

constexpr std::string_view reference_prefix = "#/components/schemas/";

std::string_view text_of(const json::object& schema, const std::string_view keyword) {
    const auto* const value = schema.if_contains(keyword);
    return value && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

/// "appId" for "app_id".
std::string camel_case(const std::string_view name) {
    std::string text;
    bool upper = false;
    for (const char c : name) {
        if (c != '_') text += upper ? static_cast<char>(c - 'a' + 'A') : c;
        upper = c == '_';
    }
    return text;
}

/// "AddWebhookEvent" for "addWebhookEvent".
std::string capitalized(std::string text) {
    text.front() = static_cast<char>(text.front() - 'a' + 'A');
    return text;
}

/// "ConfigScopesService" for "Config - Scopes".
std::string service_name(const std::string_view tag) {
    std::string name;
    for (const char c : tag)
        if (std::isalpha(static_cast<unsigned char>(c))) name += c;
    return name + "Service";
}

/// The words that a text may be, for people.
std::string words_of(const json::object& schema) {
    const auto* const words = schema.if_contains("enum");
    std::string text;
    if (!words) return text;
    for (const auto& word : words->as_array())
        text.append(text.empty() ? "One of " : ", ").append(word.as_string());
    return text + ".";
}

void add_sentence(std::string& text, const std::string_view sentence) {
    if (!text.empty() && !sentence.empty()) text += ' ';
    text += sentence;
}

bool is_called(const api::Operation& operation) {
    return operation.form == api::Form::message;
}

bool only_reads(const api::Operation& operation) {
    return operation.routes.begin()->method == api::Method::get;
}

}  // namespace

const ProtoField* ProtoMessage::find(const std::string_view wanted) const {
    const auto is_meant = [wanted](const ProtoField& field) {
        return field.name == wanted || field.json_name == wanted;
    };
    const auto found = std::ranges::find_if(fields, is_meant);
    return found == fields.end() ? nullptr : &*found;
}

ProtoSchema::ProtoSchema(const std::span<const api::Tag> tags) {
    api::Components schemas;
    for (const auto& tag : tags) {
        ProtoService service{service_name(tag.name), std::string(tag.description), {}};
        for (const auto& operation : tag.operations) {
            if (!is_called(operation)) continue;
            auto name = capitalized(std::string(operation.id));
            auto path = '/' + std::string(proto_package) + '.' + service.name + '/' + name;
            service.methods.push_back({.name = std::move(name),
                                       .path = std::move(path),
                                       .operation = &operation,
                                       .request = add(operation.performer.request(), schemas),
                                       .response = add(operation.performer.response(), schemas),
                                       .only_reads = only_reads(operation)});
        }
        if (!service.methods.empty()) services_.push_back(std::move(service));
    }
    constexpr std::string_view comment = "What went wrong, in the words of the API document.";
    error_detail_ = &messages_.emplace_back(ProtoMessage{
        "ErrorDetail",
        std::string(comment),
        {{"code", "code", 1, ProtoKind::text, false, false, nullptr, "Such as webhook_not_found."},
         {"status", "status", 2, ProtoKind::text, false, false, nullptr, "Such as not_found."}}});
}

const ProtoMessage* ProtoSchema::add(const api::MessageType& type, api::Components& schemas) {
    if (type.name.empty()) {
        schemas.reference("EmptyResponse", [](api::Components&) { return json::object(); });
        return add_component("EmptyResponse", schemas.schemas());
    }
    const auto is_in_message = [](const api::FieldType& field) { return !field.is_metadata; };
    api::Components alone;
    type.reference(alone, is_in_message);
    type.reference(schemas, is_in_message);
    if (schemas.schemas().at(type.name) != alone.schemas().at(type.name))
        throw std::logic_error("two messages are called " + std::string(type.name));
    return add_component(type.name, schemas.schemas());
}

const ProtoMessage* ProtoSchema::add_component(const std::string_view name, const json::object& schemas) {
    const auto there = std::ranges::find(messages_, name, &ProtoMessage::name);
    if (there != messages_.end()) return &*there;

    // Where one of several shapes is meant, they have the same fields.
    const auto& whole = schemas.at(name).as_object();
    const auto* const shapes = whole.if_contains("properties") ? nullptr : whole.if_contains("oneOf");
    const auto schema = shapes ? shapes->as_array().front().as_object() : whole;
    auto& message = messages_.emplace_back(
        ProtoMessage{std::string(name), std::string(text_of(whole, "description")), {}});
    const auto* const required = schema.if_contains("required");
    const auto* const properties = schema.if_contains("properties");
    if (!properties) return &message;
    int number = 0;
    for (const auto& [field, value] : properties->as_object()) {
        const bool is_required = required && std::ranges::find(required->as_array(), json::value(field)) !=
                                                 required->as_array().end();
        message.fields.push_back(field_of(field, value.as_object(), is_required, ++number, schemas));
    }
    return &message;
}

ProtoField ProtoSchema::field_of(const std::string_view name, const json::object& schema, const bool required,
                                 const int number, const json::object& schemas) {
    ProtoField field{.name = std::string(name),
                     .json_name = camel_case(name),
                     .number = number,
                     .kind = ProtoKind::text,
                     .is_optional = !required,
                     .comment = std::string(text_of(schema, "description"))};
    describe_value(schema, field, schemas);
    if (!field.is_list || required) return field;
    field.message = wrapper_of(field);
    field.kind = ProtoKind::message;
    field.is_list = false;
    return field;
}

void ProtoSchema::describe_value(const json::object& schema, ProtoField& field, const json::object& schemas) {
    const auto reference = text_of(schema, "$ref");
    if (!reference.empty()) {
        const auto name = reference.substr(reference_prefix.size());
        const auto& named = schemas.at(name).as_object();
        if (named.contains("properties") || named.contains("oneOf")) {
            field.kind = ProtoKind::message;
            field.message = add_component(name, schemas);
        } else {
            describe_value(named, field, schemas);
        }
        return;
    }
    if (const auto* const shapes = schema.if_contains("anyOf"); shapes && !schema.contains("type")) {
        describe_value(shapes->as_array().front().as_object(), field, schemas);  // they have the same type
        return;
    }
    const auto type = text_of(schema, "type");
    if (type == "string") {
        add_sentence(field.comment, words_of(schema));
    } else if (type == "boolean") {
        field.kind = ProtoKind::boolean;
    } else if (type == "integer") {
        field.kind = text_of(schema, "format") == "int64" ? ProtoKind::int64 : ProtoKind::int32;
    } else if (type == "array") {
        describe_value(schema.at("items").as_object(), field, schemas);
        field.is_list = true;
    } else if (type == "object" && !schema.contains("properties")) {
        field.kind = ProtoKind::json;
        add_sentence(field.comment, "A JSON object, as text.");
    } else {
        throw std::logic_error("the field " + field.name + " has no type that a message could have");
    }
}

const ProtoMessage* ProtoSchema::wrapper_of(const ProtoField& list) {
    const auto name = (list.message ? list.message->name : std::string("Text")) + "List";
    const auto there = std::ranges::find(messages_, name, &ProtoMessage::name);
    if (there != messages_.end()) return &*there;
    ProtoField values{.name = "values",
                      .json_name = "values",
                      .number = 1,
                      .kind = list.kind,
                      .is_list = true,
                      .message = list.message};
    return &messages_.emplace_back(
        ProtoMessage{name, "A list that may be empty, and may not be there.", {std::move(values)}, true});
}

}  // namespace gateway::connect
