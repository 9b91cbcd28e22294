#include "server/api/schema.hpp"

namespace gateway::api {

namespace json = boost::json;

json::object FieldType::schema(Components& components) const {
    auto schema = value(components);
    if (!text.description.empty()) schema.insert_or_assign("description", text.description);
    if (!text.examples.empty()) {
        schema.insert_or_assign("examples", json::parse("[" + std::string(text.examples) + "]"));
    }
    return schema;
}

json::object MessageType::schema(Components& components, const std::vector<FieldType>& present) const {
    json::object properties;
    json::array required;
    json::array one_of_them;
    for (const auto& field : present) {
        properties.emplace(field.text.name, field.schema(components));
        if (field.required) required.emplace_back(field.text.name);
        if (!field.required) one_of_them.push_back(json::object{{"required", {field.text.name}}});
    }
    json::object schema{{"type", "object"}};
    if (!description.empty()) schema.emplace("description", description);
    if (!properties.empty()) schema.emplace("properties", std::move(properties));
    if (!required.empty()) schema.emplace("required", std::move(required));
    if (is_change) schema.emplace("anyOf", std::move(one_of_them));
    json::array one_of;
    for (const auto names : choices)
        one_of.push_back(json::object{{"required", json::array(names.begin(), names.end())}});
    if (!one_of.empty()) schema.emplace("oneOf", std::move(one_of));
    return schema;
}

}  // namespace gateway::api
