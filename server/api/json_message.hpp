// Requests out of JSON and text, responses into JSON: what every binding that speaks JSON shares.
#pragma once

#include "server/api/json_text.hpp"
#include "server/api/wire.hpp"
#include "storage/values/error.hpp"

#include <boost/container/small_vector.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/serialize.hpp>

#include <array>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>

namespace gateway::api {

/// A field of a request that came as text, in a path or a query, decoded.
struct TextField {
    std::string_view name;  ///< as in FieldText; the table's own
    std::string value;
};

using TextFields = boost::container::small_vector<TextField, 4>;

/// Where the fields of a request come from.
struct RequestSource {
    TextFields texts;
    std::optional<std::string_view> body;  ///< JSON; nothing where the binding reads none
};

/// A type of which a request holds the text as it was written: its Wire has
///     static Result<T> read(std::string_view field, JsonText value);
template <class T>
concept ReadAsText = requires(std::string_view field, JsonText value) {
    { Wire<T>::read(field, value) } -> std::same_as<Result<T>>;
};

/// Reads fields one after the other and collects what is wrong with them, so that one answer tells it all.
/// A field is looked for among the texts, then in the body. Fields beyond those asked for are ignored; of a
/// duplicated key the last counts. `null` counts as present.
class FieldReader {
  public:
    /// `source` outlives the reader. A body that is not a JSON object is the first fault.
    explicit FieldReader(const RequestSource& source);

    /// Of an object inside a body, whose text outlives the reader. `place` goes in front of its fields'
    /// names: "events[3].".
    FieldReader(JsonText object, std::string place);

    ~FieldReader() = default;
    FieldReader(const FieldReader&) = delete;
    FieldReader& operator=(const FieldReader&) = delete;

    /// `fault` is the code of a value that is not right.
    template <class T>
    void read(const std::string_view name, T& out, const ErrorCode fault = ErrorCode::invalid_request) {
        if (!take(name, out, fault)) missing(name, Wire<T>::expected());
    }

    template <class T>
    void read(const std::string_view name, std::optional<T>& out,
              const ErrorCode fault = ErrorCode::invalid_request) {
        T value{};
        const auto before = faults_.size();
        if (take(name, value, fault) && faults_.size() == before) out = std::move(value);
    }

    /// Whether such a field is there, good or not.
    [[nodiscard]] bool has(const std::string_view name) const { return text(name) || member(name); }

    /// Adds what is wrong with the request as a whole.
    void fault(std::string_view message);

    /// Adds that a field is not there.
    void missing(std::string_view name, std::string_view expected);

    /// A field's name with its place.
    [[nodiscard]] std::string placed(const std::string_view name) const {
        return std::string(place_).append(name);
    }

    /// Whether nothing was found wrong so far.
    [[nodiscard]] bool good() const noexcept { return faults_.empty(); }

    /// All faults in one message, with a fault's own code where one has it.
    [[nodiscard]] ApiError error(ErrorCode code) const { return {code_.value_or(code), faults_}; }

  private:
    struct Member {
        JsonText key;
        JsonText value;
    };

    [[nodiscard]] const std::string* text(std::string_view name) const;
    [[nodiscard]] const JsonText* member(std::string_view name) const;
    void add_members(JsonText object);

    /// False where there is no such field.
    template <class T>
    bool take(const std::string_view name, T& out, const ErrorCode fault) {
        if constexpr (requires { Wire<T>::parse(name, name); }) {
            if (const auto* const found = text(name)) {
                keep(Wire<T>::parse(name, *found), out, fault);
                return true;
            }
        }
        const auto* const value = member(name);
        if (!value) return false;
        if constexpr (ReadAsText<T>) {
            keep(Wire<T>::read(placed(name), *value), out, fault);
        } else {
            keep(Wire<T>::read(placed(name), value->value(&memory_)), out, fault);
        }
        return true;
    }

    template <class T>
    void keep(Result<T> result, T& out, const ErrorCode code) {
        if (result.has_value()) {
            out = *std::move(result);
            return;
        }
        fault(result.error().message);
        for (const auto special : {code, result.error().code})
            if (special != ErrorCode::invalid_request) code_ = special;
    }

    const RequestSource* source_ = nullptr;
    std::string place_;
    std::string body_;
    boost::container::small_vector<Member, 8> members_;
    // Large enough for every value that is made; what is larger goes on to the heap.
    std::array<unsigned char, 1024> buffer_;
    boost::json::monotonic_resource memory_;
    bool readable_ = true;  // the body, where there is one, is a JSON object
    std::string faults_;
    std::optional<ErrorCode> code_;
};

/// The message of a change in which nothing is to be changed: "… expected any of a, b, c."
std::string nothing_to_change(std::string_view fields);

/// What a message's fields come to, as good as they are; the reader knows what is wrong with them. A message
/// that has more to say about its fields together does so in `void check(FieldReader&)`.
template <Described T>
T read_fields(FieldReader& reader) {
    constexpr auto description = T::describe();
    T message{};
    bool has_change = false;
    std::string optional_fields;
    for_each_field<T>([&]<class Member>(const Field<T, Member>& field) {
        reader.read(field.text.name, message.*field.member, field.fault);
        if constexpr (is_optional<Member> && description.is_change) {
            has_change = has_change || (message.*field.member).has_value();
            optional_fields.append(optional_fields.empty() ? "" : ", ").append(field.text.name);
        }
    });
    if (description.is_change && reader.good() && !has_change) {
        reader.fault(nothing_to_change(optional_fields));
    }
    if constexpr (requires { message.check(reader); }) message.check(reader);
    return message;
}

/// A request with all its fields good; or all that is wrong, with the code that its description names.
template <Described Request>
Result<Request> read_request(const RequestSource& source) {
    FieldReader reader(source);
    auto request = read_fields<Request>(reader);
    if (!reader.good()) return reader.error(Request::describe().fault);
    return request;
}

/// A type that is JSON text already: its Wire has
///     static std::string_view text(const T&);
template <class T>
concept WrittenAsText = requires(const T& value) { Wire<T>::text(value); };

/// Whether there is such a field in a message, or in one inside it.
template <class T>
constexpr bool holds_text() {
    bool found = WrittenAsText<T>;
    if constexpr (Described<T>) {
        for_each_field<T>(
            [&]<class Member>(const Field<T, Member>&) { found = found || holds_text<Member>(); });
    }
    return found;
}

/// Adds the JSON of a value that may hold text of its own.
template <class T>
void append_json(std::string& out, const T& value) {
    if constexpr (WrittenAsText<T>) {
        out += Wire<T>::text(value);
    } else if constexpr (is_optional<T>) {
        append_json(out, *value);
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
