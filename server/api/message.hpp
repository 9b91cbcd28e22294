// How a request or a response says what it is: its name and its fields, each told once. Readers, writers and
// schemas of every binding derive from that.
#pragma once

#include "storage/values/error.hpp"

#include <optional>
#include <span>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace gateway::api {

/// What people read of a field.
struct FieldText {
    std::string_view name;  ///< in JSON and in a query, e.g. "app_id"; `{appID}` in a path
    std::string_view description;
    std::string_view examples =
        {};  ///< JSON values with commas between them; empty: those of its type, if any
};

template <class T>
inline constexpr bool is_optional = false;

template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

/// One field of a message: required unless it is an std::optional.
template <class Struct, class Type>
struct Field {
    Type Struct::*member;
    FieldText text;
    ErrorCode fault = ErrorCode::invalid_request;  ///< the code of a value that is not right
    bool is_metadata = false;  ///< it comes beside the message, by a way that the binding has for that

    [[nodiscard]] constexpr Field with_fault(const ErrorCode code) const {
        auto field = *this;
        field.fault = code;
        return field;
    }

    [[nodiscard]] constexpr Field as_metadata() const {
        static_assert(is_optional<Type>);
        auto field = *this;
        field.is_metadata = true;
        return field;
    }
};

template <class Struct, class Type>
constexpr Field<Struct, Type> field(Type Struct::*const member, const FieldText& text) {
    return {member, text};
}

/// Names of fields that are there together.
using FieldNames = std::span<const std::string_view>;

/// What a described struct gives as `static constexpr auto describe()`: a name for the documents and the
/// fields in the order in which they are read, complained of and written.
template <class... Fields>
struct Message {
    std::string_view name;
    std::tuple<Fields...> fields;
    std::string_view description = {};
    ErrorCode fault = ErrorCode::invalid_request;  ///< the code of what is wrong with such a request
    bool is_change = false;                        ///< at least one of the optional fields has to be there
    FieldNames either = {};   ///< in the schema: these fields are there, or `or_else`; empty: no word of it
    FieldNames or_else = {};  ///< these fields, and no other that is optional; empty: nothing else will do

    [[nodiscard]] constexpr Message described_as(const std::string_view text) const {
        auto message = *this;
        message.description = text;
        return message;
    }

    [[nodiscard]] constexpr Message with_fault(const ErrorCode code) const {
        auto message = *this;
        message.fault = code;
        return message;
    }

    [[nodiscard]] constexpr Message with_either(const FieldNames these, const FieldNames those = {}) const {
        auto message = *this;
        message.either = these;
        message.or_else = those;
        return message;
    }

    [[nodiscard]] constexpr Message as_change() const {
        auto message = *this;
        message.is_change = true;
        return message;
    }
};

template <class... Fields>
constexpr Message<Fields...> message(const std::string_view name, const Fields&... fields) {
    return {name, {fields...}};
}

template <class T>
concept Described = requires { T::describe(); };

/// Calls visit(field) for each field of a described struct, in their order.
template <Described T, class Visit>
constexpr void for_each_field(Visit&& visit) {
    constexpr auto description = T::describe();
    std::apply([&visit](const auto&... fields) { (visit(fields), ...); }, description.fields);
}

}  // namespace gateway::api
