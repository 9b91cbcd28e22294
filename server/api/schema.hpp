// The JSON Schemas of messages and of their fields, for the documents.
#pragma once

#include "server/api/message.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace gateway::api {

template <class T>
struct Wire;

/// The schemas that are named, and referred to by their names: `components.schemas` of the document.
class Components {
  public:
    /// {"$ref": …} to the schema of this name, which `make(*this)` gives where it is not here yet.
    template <class Make>
    boost::json::object reference(const std::string_view name, Make&& make) {
        if (!schemas_.contains(name)) schemas_[name] = make(*this);
        return {{"$ref", "#/components/schemas/" + std::string(name)}};
    }

    [[nodiscard]] const boost::json::object& schemas() const noexcept { return schemas_; }

  private:
    boost::json::object schemas_;
};

/// A field as routers and documents see it.
struct FieldType {
    FieldText text;
    bool required;
    bool is_metadata;
    boost::json::object (*value)(Components&);

    /// The schema of its value, with what people read of the field.
    [[nodiscard]] boost::json::object schema(Components& components) const;
};

/// A request or a response as routers and documents see it.
struct MessageType {
    std::string_view name;  ///< empty: there is nothing in it
    std::string_view description;
    std::vector<FieldType> fields;
    bool is_change = false;
    FieldNames either = {};                               ///< as in Message
    FieldNames or_else = {};                              ///< as in Message
    boost::json::object (*rules)(Components&) = nullptr;  ///< as below

    /// A reference to its schema, which has the fields that `has(FieldType)` is true for.
    template <class Has>
    boost::json::object reference(Components& components, const Has& has) const {
        return components.reference(name, [&](Components& named) {
            std::vector<FieldType> present;
            for (const auto& field : fields)
                if (has(field)) present.push_back(field);
            return schema(named, present);
        });
    }

    [[nodiscard]] boost::json::object reference(Components& components) const {
        return reference(components, [](const FieldType&) { return true; });
    }

  private:
    [[nodiscard]] boost::json::object schema(Components& components,
                                             const std::vector<FieldType>& present) const;
    [[nodiscard]] boost::json::array choices(const std::vector<FieldType>& present) const;
};

/// Of a struct that describes itself; void has no fields and no name. One whose fields have more to do with
/// each other gives the keywords of a schema that say so as `static json::object rules(Components&)`.
template <class T>
MessageType message_type() {
    if constexpr (Described<T>) {
        constexpr auto description = T::describe();
        MessageType type{.name = description.name,
                         .description = description.description,
                         .fields = {},
                         .is_change = description.is_change,
                         .either = description.either,
                         .or_else = description.or_else};
        if constexpr (requires { &T::rules; }) type.rules = &T::rules;
        for_each_field<T>([&type]<class Struct, class Member>(const Field<Struct, Member>& field) {
            if constexpr (is_optional<Member>) {
                type.fields.push_back(
                    {field.text, false, field.is_metadata, &Wire<typename Member::value_type>::schema});
            } else {
                type.fields.push_back({field.text, true, false, &Wire<Member>::schema});
            }
        });
        return type;
    } else {
        return {};
    }
}

}  // namespace gateway::api
