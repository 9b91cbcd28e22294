#include "server/api/user_values.hpp"

#include "server/text/plain_text.hpp"
#include "server/text/quote.hpp"

#include <algorithm>

namespace gateway::api {

namespace json = boost::json;

namespace {

constexpr std::size_t longest_email_address = 254;
constexpr std::size_t longest_external_id = 128;
constexpr std::size_t longest_correlation_id = 64;

bool is_digit(const char c) {
    return c >= '0' && c <= '9';
}

bool is_phone_number(const std::string_view text) {
    constexpr std::size_t fewest_digits = 7;
    constexpr std::size_t most_digits = 15;
    return text.starts_with('+') && text.size() > fewest_digits && text.size() <= most_digits + 1 &&
           std::ranges::all_of(text.substr(1), is_digit);
}

bool is_email_address(const std::string_view text) {
    const auto at = text.find('@');
    return at != std::string_view::npos && at > 0 && at + 1 < text.size() &&
           text.find('@', at + 1) == std::string_view::npos && text.find(' ') == std::string_view::npos &&
           !fault_in_plain_text(text, 1, longest_email_address);
}

std::string lower_case(const std::string_view text) {
    std::string lower(text);
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return lower;
}

std::string in_bytes(const std::string_view text) {
    return "a text of " + std::to_string(text.size()) + " bytes";
}

}  // namespace

Result<Identifier> make_identifier(const std::string_view field, const IdentifierType type,
                                   const std::string_view text) {
    switch (type) {
        case IdentifierType::phone_number:
            if (is_phone_number(text)) return Identifier{type, std::string(text)};
            return wrong(field, in_bytes(text) + " that is no phone number", "+ and 7 to 15 digits");
        case IdentifierType::email_address:
            if (text.size() > longest_email_address) return wrong(field, in_bytes(text), "at most 254");
            if (is_email_address(text)) return Identifier{type, lower_case(text)};
            return wrong(field, in_bytes(text) + " that is no e-mail address",
                         "one @ between texts without blanks");
    }
    return wrong(field, in_bytes(text), "an identifier");
}

json::object schema_of_identifier(const IdentifierType type) {
    if (type == IdentifierType::phone_number)
        return {
            {"type", "string"}, {"pattern", "^\\+[0-9]{7,15}$"}, {"examples", json::array{"+15550100123"}}};
    return {{"type", "string"},
            {"maxLength", longest_email_address},
            {"pattern", "^[^@\\u0000-\\u0020\\u007f-\\u009f]+@[^@\\u0000-\\u0020\\u007f-\\u009f]+$"},
            {"examples", json::array{"ada@example.com"}}};
}

Result<IdentifierText> Wire<IdentifierText>::read(const std::string_view field, const JsonText value) {
    if (value.is_string()) return IdentifierText{value.decoded()};
    return wrong(field, kind(value), expected());
}

json::object Wire<IdentifierText>::schema(Components&) {
    return {{"anyOf",
             {schema_of_identifier(IdentifierType::phone_number),
              schema_of_identifier(IdentifierType::email_address)}}};
}

Result<Identifier> Wire<Identifier>::read(const std::string_view field, const JsonText value) {
    if (!value.is_object()) return wrong(field, kind(value), expected());
    FieldReader reader(value, std::string(field) + ".");
    std::optional<IdentifierType> type;
    std::optional<IdentifierText> text;
    reader.read("type", type);
    reader.read("value", text);
    if (!reader.has("type")) reader.missing("type", Wire<IdentifierType>::expected());
    if (!reader.has("value")) reader.missing("value", Wire<IdentifierText>::expected());
    if (!reader.good()) return reader.error(ErrorCode::invalid_request);
    return make_identifier(reader.placed("value"), *type, text->text);
}

json::value Wire<Identifier>::write(const Identifier& identifier, const json::storage_ptr& memory) {
    json::object object(memory);
    object.emplace("type", to_string(identifier.type));
    object.emplace("value", identifier.value);
    return object;
}

json::object Wire<Identifier>::schema(Components& components) {
    return components.reference("Identifier", [](Components&) -> json::object {
        json::array types;
        for (const auto type : {IdentifierType::phone_number, IdentifierType::email_address}) {
            json::object properties{{"type", {{"type", "string"}, {"const", to_string(type)}}},
                                    {"value", schema_of_identifier(type)}};
            types.push_back(json::object{
                {"type", "object"}, {"properties", std::move(properties)}, {"required", {"type", "value"}}});
        }
        return {{"oneOf", std::move(types)}};
    });
}

Result<Identifiers> Wire<Identifiers>::read(const std::string_view field, const JsonText value) {
    if (!value.is_array()) return wrong(field, kind(value), expected());
    const auto read = read_items(
        field, value, 1, most_identifiers, expected(),
        [](const std::string& place, const JsonText item) { return Wire<Identifier>::read(place, item); });
    if (read.has_error()) return read.error();
    Identifiers identifiers;
    for (const auto& identifier : *read)
        if (std::ranges::find(identifiers.list, identifier) == identifiers.list.end())
            identifiers.list.push_back(identifier);
    return identifiers;
}

json::object Wire<Identifiers>::schema(Components& components) {
    return {{"type", "array"},
            {"minItems", 1},
            {"maxItems", most_identifiers},
            {"items", Wire<Identifier>::schema(components)}};
}

Result<Profile> Wire<Profile>::read(const std::string_view field, const JsonText value) {
    auto object = read_object(field, value, profile_limits);
    if (object.has_error()) return object.error();
    return Profile{*std::move(object)};
}

Result<ExternalId> Wire<ExternalId>::parse(const std::string_view field, const std::string_view text) {
    const auto fault = fault_in_plain_text(text, 1, longest_external_id);
    if (!fault) return ExternalId{std::string(text)};
    return ApiError{ErrorCode::invalid_request, std::string(field) + ": " + *fault + "."};
}

Result<ExternalId> Wire<ExternalId>::read(const std::string_view field, const JsonText value) {
    if (value.is_string()) return parse(field, value.decoded());
    return wrong(field, kind(value), expected());
}

json::object Wire<ExternalId>::schema(Components&) {
    auto schema = schema_of_plain_text(1, longest_external_id);
    schema.emplace("examples", json::array{"customer-17"});
    return schema;
}

Result<Uuid> Wire<Uuid>::parse(const std::string_view field, const std::string_view text) {
    const auto uuid = parse_uuid(text);
    if (uuid) return *uuid;
    return wrong(field, quote(text), expected());
}

Result<CallCorrelationId> Wire<CallCorrelationId>::parse(const std::string_view field,
                                                         const std::string_view text) {
    const auto visible = [](const char c) { return c > ' ' && c < '\x7F'; };
    if (!text.empty() && text.size() <= longest_correlation_id && std::ranges::all_of(text, visible))
        return CallCorrelationId{std::string(text)};
    return wrong(field, quote(text), expected());
}

json::object Wire<CallCorrelationId>::schema(Components&) {
    return {
        {"type", "string"}, {"minLength", 1}, {"maxLength", longest_correlation_id}, {"pattern", "^[!-~]*$"}};
}

}  // namespace gateway::api
