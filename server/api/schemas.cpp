#include "server/api/schemas.hpp"

#include "server/api/webhook_changes.hpp"
#include "server/api/webhooks.hpp"
#include "server/api/wire.hpp"
#include "server/gateway/rest/status.hpp"

#include <boost/describe/members.hpp>
#include <boost/json/array.hpp>
#include <boost/mp11/algorithm.hpp>

#include <optional>
#include <type_traits>

namespace gateway::api {

namespace json = boost::json;

namespace {

// A field means the same wherever it stands; this is what a reader of the document is told of it.
json::object notes_on(const std::string_view field) {
    if (field == "id")
        return {{"description", "The webhook's id."}, {"examples", {"web_01jqebhswje1ka1z7ahr9rfsgt"}}};
    if (field == "url") {
        return {{"description",
                 "Where events are sent: absolute, https (http too for an app in dev mode), without "
                 "user-info and fragment."},
                {"format", "uri"},
                {"pattern", "^[Hh][Tt][Tt][Pp][Ss]?://"},
                {"maxLength", 2048},
                {"examples", {"https://example.com/webhook"}}};
    }
    if (field == "verification_token") {
        return {{"description",
                 "A secret of the client's choice by which the receiver knows the activation "
                 "challenge. Never in an answer."},
                {"minLength", 1},
                {"maxLength", 100},
                {"pattern", "^[^\\u0000-\\u001f\\u007f-\\u009f]*$"},
                {"writeOnly", true},
                {"examples", {"correct-horse-battery-staple"}}};
    }
    if (field == "events")
        return {{"description", "The event types it is subscribed to, in the order of addition."}};
    if (field == "event") return {{"description", "The event type."}};
    if (field == "active")
        return {{"description", "Whether its receiver has answered an activation challenge."}};
    if (field == "last_http_code") {
        return {{"description", "The status of the last delivery attempt; 0 when none was made or answered."},
                {"examples", {200, 0}}};
    }
    if (field == "last_http_code_date") {
        return {{"description", "When that was; 1970-01-01T00:00:00.000Z when none was made."}};
    }
    if (field == "created_at") return {{"description", "When it was created."}};
    if (field == "updated_at") return {{"description", "When it last changed."}};
    return {};
}

template <class T>
struct IsOptional : std::false_type {};

template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};

template <class T>
json::object schema_of() {
    if constexpr (IsOptional<T>::value) {
        return schema_of<typename T::value_type>();
    } else if constexpr (std::is_same_v<T, EventType>) {
        return schema_reference("WebhookEventTypesEnum");
    } else if constexpr (std::is_same_v<T, EventSet>) {
        return {{"type", "array"}, {"items", schema_reference("WebhookEventTypesEnum")}};
    } else if constexpr (std::is_same_v<T, DateTime>) {
        return {{"type", "string"}, {"format", "date-time"}, {"examples", {"2025-03-15T12:00:00.000Z"}}};
    } else if constexpr (std::is_same_v<T, bool>) {
        return {{"type", "boolean"}};
    } else if constexpr (std::is_integral_v<T>) {
        return {{"type", "integer"}};
    } else {
        static_assert(std::is_same_v<T, std::string>);
        return {{"type", "string"}};
    }
}

/// An object with the members of a described struct; those that are not optional are required.
template <class Struct>
json::object object_schema() {
    json::object properties;
    json::array required;
    using Members = boost::describe::describe_members<Struct, boost::describe::mod_public>;
    boost::mp11::mp_for_each<Members>([&](const auto member) {
        using Member = std::remove_cvref_t<decltype(std::declval<Struct&>().*member.pointer)>;
        auto schema = schema_of<Member>();
        for (auto& [key, value] : notes_on(member.name))
            schema.insert_or_assign(key, std::move(value));
        properties.emplace(member.name, std::move(schema));
        if constexpr (!IsOptional<Member>::value) required.emplace_back(member.name);
    });
    json::object schema{{"type", "object"}, {"properties", std::move(properties)}};
    if (!required.empty()) schema.emplace("required", std::move(required));
    return schema;
}

/// {"<key>": <schema>}
json::object wrapped(const std::string_view key, json::object schema) {
    json::object properties;
    properties.emplace(key, std::move(schema));
    return {{"type", "object"},
            {"properties", std::move(properties)},
            {"required", json::array{json::string(key)}}};
}

json::object words(const std::initializer_list<json::value_ref> list) {
    return {{"type", "string"}, {"enum", json::array(list)}};
}

json::object event_types() {
    json::array names;
    for (const auto name : event_type_names)
        names.emplace_back(name);
    return {{"type", "string"}, {"enum", std::move(names)}};
}

json::object update_request() {
    auto schema = object_schema<WebhookPatch>();
    json::array one_of_them;
    for (const auto& property : schema["properties"].get_object()) {
        one_of_them.push_back(json::object{{"required", json::array{property.key()}}});
    }
    schema.emplace("anyOf", std::move(one_of_them));
    return schema;
}

json::object error_schema(const ErrorCode code) {
    json::object properties{{"code", {{"type", "string"}, {"const", to_string(code)}}},
                            {"status", {{"type", "string"}, {"const", status_word(code)}}},
                            {"message", {{"type", "string"}}}};
    return {{"type", "object"},
            {"properties", std::move(properties)},
            {"required", {"code", "status", "message"}}};
}

}  // namespace

std::string_view schema_name(const Body body) noexcept {
    switch (body) {
        case Body::none:
            return "";
        case Body::add_event_request:
            return "PostWebhookEventRequest";
        case Body::create_webhook_request:
            return "CreateWebhookRequest";
        case Body::update_webhook_request:
            return "UpdateWebhookRequest";
        case Body::mode:
            return "Mode";
        case Body::webhook:
            return "SingleWebhookResponse";
        case Body::webhooks:
            return "WebhooksResponse";
        case Body::health:
            return "Health";
        case Body::document:
            return "Document";
    }
    return "";
}

std::string error_schema_name(const ErrorCode code) {
    std::string name;
    bool upper = true;
    for (const char c : to_string(code)) {
        if (c != '_') name += upper ? static_cast<char>(c - 'a' + 'A') : c;
        upper = c == '_';
    }
    return name + "Error";
}

json::object schema_reference(const std::string_view name) {
    return {{"$ref", "#/components/schemas/" + std::string(name)}};
}

json::object all_schemas() {
    json::object schemas;
    const auto add = [&schemas](const Body body, json::object schema) {
        schemas.emplace(schema_name(body), std::move(schema));
    };
    schemas.emplace("WebhookEventTypesEnum", event_types());
    schemas.emplace("WebhookResponse", object_schema<WebhookResponse>());
    add(Body::add_event_request, object_schema<EventRequest>());
    add(Body::create_webhook_request, object_schema<NewWebhook>());
    add(Body::update_webhook_request, update_request());
    add(Body::mode, wrapped("mode", words({"dev", "prod"})));
    add(Body::webhook, wrapped("webhook", schema_reference("WebhookResponse")));
    add(Body::webhooks,
        wrapped("webhooks", {{"type", "array"}, {"items", schema_reference("WebhookResponse")}}));
    add(Body::health, wrapped("status", words({"ok", "ready"})));
    add(Body::document, {{"type", "object"}, {"description", "An OpenAPI 3.1 document."}});
    for (const auto code : all_error_codes)
        schemas.emplace(error_schema_name(code), error_schema(code));
    return schemas;
}

}  // namespace gateway::api
