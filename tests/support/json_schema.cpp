#include "tests/support/json_schema.hpp"

#include "storage/values/timestamp.hpp"

#include <boost/json/serialize.hpp>
#include <boost/locale/encoding_utf.hpp>
#include <boost/url/parse.hpp>

#include <algorithm>
#include <array>
#include <regex>
#include <stdexcept>
#include <string>
#include <utility>

namespace gateway::test {

namespace json = boost::json;

namespace {

/// Keywords that say nothing of a value.
constexpr std::array<std::string_view, 2> notes{"description", "examples"};

bool has_type(const json::value& value, const std::string_view type) {
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "boolean") return value.is_bool();
    if (type == "integer") return value.is_int64() || value.is_uint64();
    throw std::runtime_error("unknown type " + std::string(type));
}

bool has_format(const json::value& value, const std::string_view format) {
    if (format == "int64") return value.is_int64();
    if (format == "int32") return value.is_int64() && std::in_range<std::int32_t>(value.get_int64());
    const std::string_view text = value.as_string();
    if (format == "date-time") return parse_timestamp(text).has_value();
    if (format == "uri") return boost::urls::parse_uri(text).has_value();
    throw std::runtime_error("unknown format " + std::string(format));
}

/// Its characters, which is what schemas speak of.
std::wstring characters_of(const json::value& value) {
    const std::string_view text = value.as_string();
    return boost::locale::conv::utf_to_utf<wchar_t>(text.data(), text.data() + text.size());
}

bool has_match(const json::value& value, const std::string_view pattern) {
    const std::wregex expression(pattern.begin(), pattern.end());
    return std::regex_search(characters_of(value), expression);
}

class Checker {
  public:
    explicit Checker(const json::object& definitions) : definitions_(definitions) {}

    std::string fault(const json::value& value, const json::object& schema, const std::string& path) const {
        for (const auto& [keyword, rule] : schema) {
            auto found = check(value, keyword, rule, path);
            if (!found.empty()) return found;
        }
        return {};
    }

  private:
    std::string check(const json::value& value, const std::string_view keyword, const json::value& rule,
                      const std::string& path) const {
        if (std::ranges::find(notes, keyword) != notes.end()) return {};
        if (keyword == "$ref") return fault(value, definition(rule.as_string()), path);
        if (keyword == "not")
            return verdict(!fault(value, rule.as_object(), path).empty(), path, value, "there");
        if (keyword == "oneOf") return check_one_of(value, rule.as_array(), path);
        if (keyword == "anyOf") return check_any_of(value, rule.as_array(), path);
        if (keyword == "type") return verdict(has_type(value, rule.as_string()), path, value, rule);
        if (keyword == "const") return verdict(value == rule, path, value, rule);
        if (keyword == "minLength") {
            return verdict(
                std::cmp_greater_equal(characters_of(value).size(), rule.to_number<std::int64_t>()), path,
                value, rule);
        }
        if (keyword == "maxLength") {
            return verdict(std::cmp_less_equal(characters_of(value).size(), rule.to_number<std::int64_t>()),
                           path, value, rule);
        }
        if (keyword == "pattern") return verdict(has_match(value, rule.as_string()), path, value, rule);
        if (keyword == "format") return verdict(has_format(value, rule.as_string()), path, value, rule);
        if (keyword == "enum") {
            return verdict(std::ranges::find(rule.as_array(), value) != rule.as_array().end(), path, value,
                           rule);
        }
        if (keyword == "required") return check_required(value.as_object(), rule.as_array(), path);
        if (keyword == "properties") return check_properties(value.as_object(), rule.as_object(), path);
        if (keyword == "minItems") {
            return verdict(std::cmp_greater_equal(value.as_array().size(), rule.to_number<std::int64_t>()),
                           path, value, rule);
        }
        if (keyword == "maxItems") {
            return verdict(std::cmp_less_equal(value.as_array().size(), rule.to_number<std::int64_t>()), path,
                           value, rule);
        }
        if (keyword == "maxProperties") {
            return verdict(std::cmp_less_equal(value.as_object().size(), rule.to_number<std::int64_t>()),
                           path, value, rule);
        }
        if (keyword == "propertyNames") return check_names(value.as_object(), rule.as_object(), path);
        if (keyword == "additionalProperties")
            return check_members(value.as_object(), rule.as_object(), path);
        if (keyword == "items") return check_items(value.as_array(), rule.as_object(), path);
        throw std::runtime_error("unknown keyword " + std::string(keyword));
    }

    /// Named alone, or by its place in a document: "#/components/schemas/<name>".
    const json::object& definition(const std::string_view reference) const {
        return definitions_.at(reference.substr(reference.rfind('/') + 1)).as_object();
    }

    static std::string verdict(const bool good, const std::string& path, const json::value& value,
                               const json::value& rule) {
        if (good) return {};
        return path + ": " + json::serialize(value) + " is not " + json::serialize(rule);
    }

    std::string check_one_of(const json::value& value, const json::array& schemas,
                             const std::string& path) const {
        const auto fits = std::ranges::count_if(schemas, [&](const json::value& schema) {
            return fault(value, schema.as_object(), path).empty();
        });
        return fits == 1 ? std::string()
                         : path + ": fits " + std::to_string(fits) + " schemas instead of one";
    }

    std::string check_any_of(const json::value& value, const json::array& schemas,
                             const std::string& path) const {
        const auto fits = [&](const json::value& schema) {
            return fault(value, schema.as_object(), path).empty();
        };
        return std::ranges::any_of(schemas, fits) ? std::string() : path + ": fits none of the schemas";
    }

    static std::string check_required(const json::object& object, const json::array& names,
                                      const std::string& path) {
        for (const auto& name : names) {
            if (!object.contains(name.as_string())) return path + ": lacks " + json::serialize(name);
        }
        return {};
    }

    std::string check_properties(const json::object& object, const json::object& schemas,
                                 const std::string& path) const {
        for (const auto& [name, schema] : schemas) {
            const auto* const member = object.if_contains(name);
            auto found =
                member ? fault(*member, schema.as_object(), path + "." + std::string(name)) : std::string();
            if (!found.empty()) return found;
        }
        return {};
    }

    std::string check_names(const json::object& object, const json::object& schema,
                            const std::string& path) const {
        for (const auto& member : object) {
            auto found = fault(json::value(member.key()), schema, path);
            if (!found.empty()) return found;
        }
        return {};
    }

    /// Where no other keyword speaks of properties.
    std::string check_members(const json::object& object, const json::object& schema,
                              const std::string& path) const {
        for (const auto& member : object) {
            auto found = fault(member.value(), schema, path + "." + std::string(member.key()));
            if (!found.empty()) return found;
        }
        return {};
    }

    std::string check_items(const json::array& items, const json::object& schema,
                            const std::string& path) const {
        for (const auto& item : items) {
            auto found = fault(item, schema, path + "[]");
            if (!found.empty()) return found;
        }
        return {};
    }

    const json::object& definitions_;
};

}  // namespace

std::string schema_fault(const json::value& value, const json::object& schema,
                         const json::object& definitions) {
    return Checker(definitions).fault(value, schema, "$");
}

}  // namespace gateway::test
