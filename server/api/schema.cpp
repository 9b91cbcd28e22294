#include "server/api/schema.hpp"

#include <algorithm>
#include <utility>

namespace gateway::api {

namespace json = boost::json;

namespace {

/// These fields are there, and those are not.
json::object choice(const FieldNames there, const std::vector<std::string_view>& absent) {
    json::object schema{{"required", json::array(there.begin(), there.end())}};
    json::object properties;
    // Not `false`: some programs that make clients know no schema that is not an object.
    for (const auto name : absent)
        properties.emplace(name, json::object{{"not", json::object()}});
    if (!properties.empty()) schema.emplace("properties", std::move(properties));
    return schema;
}

}  // namespace

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
    if (!either.empty()) schema.emplace("oneOf", choices(present));
    if (rules)
        for (auto& [keyword, rule] : rules(components))
            schema.emplace(keyword, std::move(rule));
    return schema;
}

json::array MessageType::choices(const std::vector<FieldType>& present) const {
    json::array choices{choice(either, {or_else.begin(), or_else.end()})};
    if (or_else.empty()) return choices;
    std::vector<std::string_view> others;
    for (const auto& field : present)
        if (!field.required && std::ranges::find(or_else, field.text.name) == or_else.end())
            others.push_back(field.text.name);
    choices.push_back(choice(or_else, others));
    return choices;
}

}  // namespace gateway::api
