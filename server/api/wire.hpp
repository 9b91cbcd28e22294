// The types that fields have: how each is read from JSON and from text, written as JSON, and described.
#pragma once

#include "server/api/message.hpp"
#include "server/api/schema.hpp"
#include "storage/tables/apps.hpp"
#include "storage/values/error.hpp"
#include "storage/values/event_set.hpp"
#include "storage/values/timestamp.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::api {

/// Where a webhook's events are sent, by check_webhook_url() but for the scheme: whether http is fine depends
/// on the app.
struct WebhookUrl {
    std::string text;
};

/// By check_verification_token().
struct VerificationToken {
    std::string text;
};

/// A point in time, written in RFC 3339 with milliseconds.
struct DateTime {
    Timestamp time;
};

// Wire<T> is what a binding knows of a type. All have
//     static json::object schema(Components&);
// what responses hold
//     static json::value write(const T&, json::storage_ptr);
// and what requests hold
//     static std::string expected();                                  what people read where it is missing
//     static Result<T> read(std::string_view field, const json::value&);
//     static Result<T> parse(std::string_view field, std::string_view text);   from a path or a query
// with errors that name the field, what was found and what was expected.

/// What a value is, for a message: its type, and a string's text.
std::string found(const boost::json::value& value);

/// "<field>: found <what>, expected <that>."
ApiError wrong(std::string_view field, std::string_view what, std::string_view expected);

/// A string in JSON that Wire<T>::parse() makes a T of.
template <class T>
struct TextWire {
    static Result<T> read(const std::string_view field, const boost::json::value& value) {
        if (value.is_string()) return Wire<T>::parse(field, value.get_string());
        return wrong(field, found(value), Wire<T>::expected());
    }
};

/// Any text: an id is looked up as it is.
template <>
struct Wire<std::string> : TextWire<std::string> {
    static std::string expected() { return "a text"; }

    static Result<std::string> parse(std::string_view, const std::string_view text) {
        return std::string(text);
    }

    static boost::json::value write(const std::string& text, const boost::json::storage_ptr& memory) {
        return boost::json::value(text, memory);
    }

    static boost::json::object schema(Components&) { return {{"type", "string"}}; }
};

template <>
struct Wire<WebhookUrl> : TextWire<WebhookUrl> {
    static std::string expected() { return "an absolute https URL"; }

    static Result<WebhookUrl> parse(std::string_view field, std::string_view text);

    static boost::json::value write(const WebhookUrl& url, const boost::json::storage_ptr& memory) {
        return boost::json::value(url.text, memory);
    }

    static boost::json::object schema(Components&);
};

template <>
struct Wire<VerificationToken> : TextWire<VerificationToken> {
    static std::string expected() { return "a text of 1 to 100 characters"; }

    static Result<VerificationToken> parse(std::string_view field, std::string_view text);
    static boost::json::object schema(Components&);
};

/// An enum with a word for each of its values: `names` in the order of the enum, and `schema_name`, which is
/// empty where the schema is not worth a name.
template <class T>
struct Words;

template <>
struct Words<EventType> {
    static constexpr std::span<const std::string_view> names = event_type_names;
    static constexpr std::string_view schema_name = "WebhookEventTypesEnum";
};

template <>
struct Words<storage::Mode> {
    static constexpr std::string_view words[] = {"dev", "prod"};
    static constexpr std::span<const std::string_view> names = words;
    static constexpr std::string_view schema_name;
};

/// "dev or prod", or "one of a, b, c".
std::string any_of(std::span<const std::string_view> words);

/// The place of a word among the words; their number where it is none of them.
std::size_t place_of(std::string_view word, std::span<const std::string_view> words);

boost::json::object schema_of_words(std::span<const std::string_view> words);

/// Of what fault_in_plain_text() lets pass.
boost::json::object schema_of_plain_text(std::size_t least, std::size_t most);

template <class T>
    requires requires { Words<T>::names; }
struct Wire<T> : TextWire<T> {
    static std::string expected() { return any_of(Words<T>::names); }

    static Result<T> parse(const std::string_view field, const std::string_view text) {
        const auto place = place_of(text, Words<T>::names);
        if (place < Words<T>::names.size()) return static_cast<T>(place);
        return wrong(field, found(boost::json::value(text)), expected());
    }

    static boost::json::value write(const T& value, const boost::json::storage_ptr& memory) {
        return boost::json::value(Words<T>::names[static_cast<std::size_t>(value)], memory);
    }

    static boost::json::object schema(Components& components) {
        if (Words<T>::schema_name.empty()) return schema_of_words(Words<T>::names);
        return components.reference(Words<T>::schema_name,
                                    [](Components&) { return schema_of_words(Words<T>::names); });
    }
};

/// An array of event types; duplicates are folded, and written in the order of addition.
template <>
struct Wire<EventSet> {
    static std::string expected() { return "an array, each item " + Wire<EventType>::expected(); }

    static Result<EventSet> read(std::string_view field, const boost::json::value& value);
    static boost::json::value write(const EventSet& events, const boost::json::storage_ptr& memory);
    static boost::json::object schema(Components& components);
};

template <>
struct Wire<DateTime> : TextWire<DateTime> {
    static std::string expected() { return "a time like 2025-03-15T12:00:00.000Z"; }

    /// With or without a fraction of the second, of which milliseconds count.
    static Result<DateTime> parse(std::string_view field, std::string_view text);

    static boost::json::value write(const DateTime& time, const boost::json::storage_ptr& memory) {
        return boost::json::value(format_timestamp(time.time), memory);
    }

    static boost::json::object schema(Components&);
};

template <>
struct Wire<bool> {
    static std::string expected() { return "true or false"; }

    static Result<bool> read(std::string_view field, const boost::json::value& value) {
        if (value.is_bool()) return value.get_bool();
        return wrong(field, found(value), expected());
    }

    static boost::json::value write(const bool value, const boost::json::storage_ptr&) { return value; }

    static boost::json::object schema(Components&) { return {{"type", "boolean"}}; }
};

template <>
struct Wire<std::int64_t> {
    static boost::json::value write(const std::int64_t value, const boost::json::storage_ptr&) {
        return value;
    }

    static boost::json::object schema(Components&) { return {{"type", "integer"}, {"format", "int64"}}; }
};

template <>
struct Wire<int> {
    static boost::json::value write(const int value, const boost::json::storage_ptr&) { return value; }

    static boost::json::object schema(Components&) { return {{"type", "integer"}, {"format", "int32"}}; }
};

template <class T>
struct Wire<std::vector<T>> {
    static boost::json::value write(const std::vector<T>& values, const boost::json::storage_ptr& memory) {
        boost::json::array array(memory);
        array.reserve(values.size());
        for (const auto& value : values)
            array.push_back(Wire<T>::write(value, memory));
        return array;
    }

    static boost::json::object schema(Components& components) {
        return {{"type", "array"}, {"items", Wire<T>::schema(components)}};
    }
};

/// A message inside another. What is optional and not there is left out.
template <Described T>
struct Wire<T> {
    static boost::json::value write(const T& value, const boost::json::storage_ptr& memory) {
        constexpr auto description = T::describe();
        boost::json::object object(memory);
        object.reserve(std::tuple_size_v<decltype(description.fields)>);
        for_each_field<T>([&]<class Member>(const Field<T, Member>& field) {
            const auto& member = value.*field.member;
            if constexpr (!is_optional<Member>) {
                object.emplace(field.text.name, Wire<Member>::write(member, memory));
            } else if (member) {
                object.emplace(field.text.name, Wire<typename Member::value_type>::write(*member, memory));
            }
        });
        return object;
    }

    static boost::json::object schema(Components& components) {
        return message_type<T>().reference(components);
    }
};

}  // namespace gateway::api
