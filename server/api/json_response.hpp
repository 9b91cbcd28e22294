// Responses into JSON.
#pragma once

#include "server/api/wire.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/serialize.hpp>

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::api {

/// A type that is JSON text already: its Wire has
///     static std::string_view text(const T&);
template <class T>
concept WrittenAsText = requires(const T& value) { Wire<T>::text(value); };

template <class T>
inline constexpr bool is_list = false;

template <class T>
inline constexpr bool is_list<std::vector<T>> = true;

/// Whether there is such a field in a message, or in one inside it.
template <class T>
constexpr bool holds_text() {
    if constexpr (is_list<T> || is_optional<T>) {
        return holds_text<typename T::value_type>();
    } else if constexpr (Described<T>) {
        bool found = false;
        for_each_field<T>(
            [&]<class Member>(const Field<T, Member>&) { found = found || holds_text<Member>(); });
        return found;
    } else {
        return WrittenAsText<T>;
    }
}

/// Adds the JSON of a value that may hold text of its own.
template <class T>
void append_json(std::string& out, const T& value) {
    if constexpr (WrittenAsText<T>) {
        out += Wire<T>::text(value);
    } else if constexpr (is_optional<T>) {
        append_json(out, *value);
    } else if constexpr (is_list<T> && holds_text<T>()) {
        out += '[';
        for (const auto& item : value) {
            if (out.back() != '[') out += ',';
            append_json(out, item);
        }
        out += ']';
    } else if constexpr (holds_text<T>()) {
        out += '{';
        for_each_field<T>([&]<class Member>(const Field<T, Member>& field) {
            const auto& member = value.*field.member;
            if constexpr (is_optional<Member>)
                if (!member) return;
            if (out.back() != '{') out += ',';
            out.append("\"").append(field.text.name).append("\":");
            append_json(out, member);
        });
        out += '}';
    } else {
        out += boost::json::serialize(Wire<T>::write(value, {}));
    }
}

/// The JSON text of a response.
template <Described Response>
    requires(holds_text<Response>())
std::string write_response(const Response& response) {
    std::string text;
    append_json(text, response);
    return text;
}

template <Described Response>
std::string write_response(const Response& response) {
    std::array<unsigned char, 4096> buffer;  // NOLINT(*-member-init): scratch space
    boost::json::monotonic_resource memory(buffer.data(), buffer.size());
    return boost::json::serialize(Wire<Response>::write(response, &memory));
}

}  // namespace gateway::api
