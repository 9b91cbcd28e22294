#include "server/api/payloads.hpp"

#include "server/api/events.hpp"
#include "server/api/user_values.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <utility>

namespace gateway::api {

namespace json = boost::json;

namespace {

enum class Shape { text, time, object, identifier, identifiers };

struct PayloadField {
    std::string_view name;
    Shape shape;
};

constexpr PayloadField user_created[] = {{"user_id", Shape::text},
                                         {"identifiers", Shape::identifiers},
                                         {"profile", Shape::object},
                                         {"source", Shape::text},
                                         {"created_at", Shape::time}};
constexpr PayloadField user_deleted[] = {{"user_id", Shape::text}, {"deleted_at", Shape::time}};
constexpr PayloadField user_profile_updated[] = {
    {"user_id", Shape::text}, {"profile", Shape::object}, {"updated_at", Shape::time}};
constexpr PayloadField user_identifier_created[] = {
    {"user_id", Shape::text}, {"identifier", Shape::identifier}, {"created_at", Shape::time}};
constexpr PayloadField user_identifier_deleted[] = {
    {"user_id", Shape::text}, {"identifier", Shape::identifier}, {"deleted_at", Shape::time}};
constexpr PayloadField user_session_created[] = {{"user_id", Shape::text},
                                                 {"session_id", Shape::text},
                                                 {"identifier", Shape::identifier},
                                                 {"metadata", Shape::object},
                                                 {"created_at", Shape::time}};
constexpr PayloadField user_session_revoked[] = {
    {"user_id", Shape::text}, {"session_id", Shape::text}, {"revoked_at", Shape::time}};

struct PayloadType {
    std::string_view schema_name;
    std::span<const PayloadField> fields;
    std::string_view example;
};

/// In the order of the enum.
constexpr std::array<PayloadType, event_type_names.size()> payload_types{{
    {"UserCreatedPayload", user_created,
     R"({"user_id":"usr_01jqebhswje1ka1z7ahr9rfsgt",)"
     R"("identifiers":[{"type":"email_address","value":"ada@example.com"}],"profile":{"name":"Ada"},)"
     R"("source":"api","created_at":"2025-03-15T12:00:00.000Z"})"},
    {"UserDeletedPayload", user_deleted,
     R"({"user_id":"usr_01jqebhswje1ka1z7ahr9rfsgt","deleted_at":"2025-03-15T12:00:00.000Z"})"},
    {"UserProfileUpdatedPayload", user_profile_updated,
     R"({"user_id":"usr_01jqebhswje1ka1z7ahr9rfsgt","profile":{"name":"Ada"},)"
     R"("updated_at":"2025-03-15T12:00:00.000Z"})"},
    {"UserIdentifierCreatedPayload", user_identifier_created,
     R"({"user_id":"usr_01jqebhswje1ka1z7ahr9rfsgt",)"
     R"("identifier":{"type":"phone_number","value":"+4915123456789"},)"
     R"("created_at":"2025-03-15T12:00:00.000Z"})"},
    {"UserIdentifierDeletedPayload", user_identifier_deleted,
     R"({"user_id":"usr_01jqebhswje1ka1z7ahr9rfsgt",)"
     R"("identifier":{"type":"phone_number","value":"+4915123456789"},)"
     R"("deleted_at":"2025-03-15T12:00:00.000Z"})"},
    {"UserSessionCreatedPayload", user_session_created,
     R"({"user_id":"usr_01jqebhswje1ka1z7ahr9rfsgt","session_id":"ses_01jqebhswje1ka1z7ahr9rfsgt",)"
     R"("identifier":{"type":"email_address","value":"ada@example.com"},"metadata":{},)"
     R"("created_at":"2025-03-15T12:00:00.000Z"})"},
    {"UserSessionRevokedPayload", user_session_revoked,
     R"({"user_id":"usr_01jqebhswje1ka1z7ahr9rfsgt","session_id":"ses_01jqebhswje1ka1z7ahr9rfsgt",)"
     R"("revoked_at":"2025-03-15T12:00:00.000Z"})"},
}};

constexpr const PayloadType& of(const EventType type) {
    return payload_types[static_cast<std::size_t>(type)];
}

constexpr auto& identifier_types = storage::identifier_type_names;

std::string expected_of(const Shape shape) {
    switch (shape) {
        case Shape::text:
            return "a text";
        case Shape::time:
            return "a time as a text";
        case Shape::object:
            return "an object";
        case Shape::identifier:
            return "an object with type and value";
        case Shape::identifiers:
            return "an array, each item an object with type and value";
    }
    return {};
}

json::object schema_of(const Shape shape, Components& components) {
    switch (shape) {
        case Shape::text:
            return {{"type", "string"}};
        case Shape::time:
            return {{"type", "string"}, {"examples", {"2025-03-15T12:00:00.000Z"}}};
        case Shape::object:
            return {{"type", "object"}};
        case Shape::identifier:
            return {{"type", "object"},
                    {"properties",
                     {{"type", Wire<IdentifierType>::schema(components)}, {"value", {{"type", "string"}}}}},
                    {"required", {"type", "value"}}};
        case Shape::identifiers:
            return {{"type", "array"}, {"items", schema_of(Shape::identifier, components)}};
    }
    return {};
}

json::object make_schema(const PayloadType& type, Components& components) {
    json::object properties;
    json::array required;
    for (const auto& field : type.fields) {
        properties.emplace(field.name, schema_of(field.shape, components));
        required.emplace_back(field.name);
    }
    properties.emplace("correlation_id", Wire<CorrelationId>::schema(components));
    return {{"type", "object"},
            {"properties", std::move(properties)},
            {"required", std::move(required)},
            {"examples", json::array{json::parse(type.example)}}};
}

json::object schema_of(const PayloadType& type, Components& components) {
    return components.reference(type.schema_name,
                                [&type](Components& named) { return make_schema(type, named); });
}

/// The values of the fields of its type, in their order.
std::array<std::optional<JsonText>, 8> values_in(const JsonText payload, const PayloadType& type) {
    std::array<std::optional<JsonText>, 8> values;
    payload.for_each_member([&](const JsonText key, const JsonText value) {
        for (std::size_t i = 0; i < type.fields.size(); ++i)
            if (key.says(type.fields[i].name)) values[i] = value;
    });
    return values;
}

std::string blank_identifier(const JsonText identifier) {
    std::string type = R"("email_address")";
    if (identifier.is_object()) {
        identifier.for_each_member([&](const JsonText key, const JsonText value) {
            if (key.says("type") && value.says("phone_number")) type = value.text();
        });
    }
    return R"({"type":)" + type + R"(,"value":""})";
}

std::string blank(const Shape shape, const JsonText value) {
    switch (shape) {
        case Shape::text:
        case Shape::time:
            return value.is_string() ? std::string(value.text()) : R"("")";
        case Shape::object:
            return "{}";
        case Shape::identifier:
            return blank_identifier(value);
        case Shape::identifiers:
            return "[]";
    }
    return {};
}

class PayloadCheck {
  public:
    explicit PayloadCheck(FieldReader& reader) : reader_(reader) {}

    void check(const PayloadType& type, const JsonText payload) {
        const auto values = values_in(payload, type);
        for (std::size_t i = 0; i < type.fields.size(); ++i) {
            const auto& field = type.fields[i];
            if (values[i])
                check(field, *values[i]);
            else
                reader_.missing(name_of(field), expected_of(field.shape));
        }
    }

  private:
    static std::string name_of(const PayloadField& field) { return "payload." + std::string(field.name); }

    void check(const PayloadField& field, const JsonText value) {
        const auto name = name_of(field);
        switch (field.shape) {
            case Shape::text:
            case Shape::time:
                if (!value.is_string()) tell(name, value, expected_of(field.shape));
                return;
            case Shape::object:
                if (!value.is_object()) tell(name, value, expected_of(field.shape));
                return;
            case Shape::identifier:
                check_identifier(name, value);
                return;
            case Shape::identifiers:
                check_identifiers(name, value);
        }
    }

    bool check_identifier(const std::string& name, const JsonText value) {
        if (!value.is_object()) return tell(name, value, expected_of(Shape::identifier));
        std::optional<JsonText> type;
        std::optional<JsonText> text;
        value.for_each_member([&](const JsonText key, const JsonText member) {
            if (key.says("type")) type = member;
            if (key.says("value")) text = member;
        });
        const auto says_type = [&](const std::string_view word) { return type->says(word); };
        bool good = true;
        if (!type || std::ranges::none_of(identifier_types, says_type))
            good = tell(name + ".type", type, any_of(identifier_types));
        if (!text || !text->is_string()) good = tell(name + ".value", text, "a text");
        return good;
    }

    /// Tells of the first that is not right; there may be thousands.
    void check_identifiers(const std::string& name, const JsonText value) {
        if (!value.is_array()) {
            tell(name, value, expected_of(Shape::identifiers));
            return;
        }
        std::size_t place = 0;
        bool good = true;
        value.for_each_item([&](const JsonText item) {
            if (good) good = check_identifier(name + "[" + std::to_string(place++) + "]", item);
        });
    }

    /// Always false.
    bool tell(const std::string& name, const std::optional<JsonText>& value, const std::string& expected) {
        if (value) {
            reader_.fault(wrong(reader_.placed(name), found(*value), expected).message);
        } else {
            reader_.missing(name, expected);
        }
        return false;
    }

    FieldReader& reader_;
};

}  // namespace

Result<Payload> Wire<Payload>::read(const std::string_view field, const JsonText value) {
    auto object = read_object(field, value, payload_limits);
    if (object.has_error()) return object.error();
    return Payload{*std::move(object)};
}

json::object Wire<Payload>::schema(Components& components) {
    json::array any;
    for (const auto& type : payload_types)
        any.push_back(schema_of(type, components));
    return {{"type", "object"}, {"anyOf", std::move(any)}};
}

json::object payload_by_type(Components& components) {
    json::array any;
    for (std::size_t i = 0; i < payload_types.size(); ++i) {
        json::object type{{"const", event_type_names[i]}};
        auto payload = schema_of(payload_types[i], components);
        any.push_back({{"properties", {{"type", std::move(type)}, {"payload", std::move(payload)}}}});
    }
    return {{"anyOf", std::move(any)}};
}

void check_payload(const Payload& payload, const EventType type, FieldReader& reader) {
    PayloadCheck(reader).check(of(type), JsonText(payload.text));
}

std::string blank_payload(const EventType type, const std::string_view payload) {
    boost::system::error_code error;
    const auto compact = compact_json(payload, error);
    const bool readable = !error && JsonText(compact).is_object();
    const auto values = values_in(JsonText(readable ? std::string_view(compact) : "{}"), of(type));
    std::string blanked = "{";
    for (std::size_t i = 0; i < of(type).fields.size(); ++i) {
        const auto& field = of(type).fields[i];
        if (i > 0) blanked += ',';
        blanked.append("\"").append(field.name).append("\":");
        blanked += blank(field.shape, values[i].value_or(JsonText("null")));
    }
    return blanked + '}';
}

std::string_view example_payload(const EventType type) noexcept {
    return of(type).example;
}

}  // namespace gateway::api
