// Requests out of JSON and text: what every binding that speaks JSON shares; json_response.hpp is the way
// back.
#pragma once

#include "server/api/json_text.hpp"
#include "server/api/wire.hpp"
#include "storage/values/error.hpp"

#include <boost/container/small_vector.hpp>
#include <boost/json/monotonic_resource.hpp>

#include <array>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace gateway::api {

/// A field of a request that came as text, in a path, a query or beside the message, decoded.
struct TextField {
    std::string_view name;  ///< as in FieldText; the table's own
    std::string value;
};

using TextFields = boost::container::small_vector<TextField, 4>;

/// Where the fields of a request come from.
struct RequestSource {
    TextFields texts;
    std::optional<std::string_view> body;  ///< JSON; nothing where the binding reads none
    std::string_view body_field = {};      ///< the field that the body is; empty: it is an object of fields
};

/// A type of which a request holds the text as it was written: its Wire has
///     static Result<T> read(std::string_view field, JsonText value);
template <class T>
concept ReadAsText = requires(std::string_view field, JsonText value) {
    { Wire<T>::read(field, value) } -> std::same_as<Result<T>>;
};

/// A type that a text is enough for; only such a field can be metadata.
template <class T>
concept ReadFromText = requires(std::string_view text) { Wire<T>::parse(text, text); };

template <class T>
inline constexpr bool can_be_metadata = false;

template <ReadFromText T>
inline constexpr bool can_be_metadata<std::optional<T>> = true;

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

    /// For a field that comes beside the message: one of that name in the body is another.
    template <ReadFromText T>
    void read_metadata(const std::string_view name, std::optional<T>& out, const ErrorCode fault) {
        const auto* const found = text(name);
        if (!found) return;
        auto result = Wire<T>::parse(name, *found);
        if (result.has_value())
            out = *std::move(result);
        else
            keep_fault(result.error(), fault);
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
        if constexpr (ReadFromText<T>) {
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
        keep_fault(result.error(), code);
    }

    void keep_fault(const ApiError& error, ErrorCode code);

    const RequestSource* source_ = nullptr;
    std::string place_;
    std::string body_;
    boost::container::small_vector<Member, 8> members_;
    std::optional<JsonText> whole_;  // the body that is a field
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
        if constexpr (can_be_metadata<Member>) {
            if (field.is_metadata) {
                reader.read_metadata(field.text.name, message.*field.member, field.fault);
                return;
            }
        }
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

/// The items of an array, each as `read_item(place, item)` reads it, its place being "events[3]"; or all that
/// is wrong with them, at once. `expected` is what people read of an array that is none, or has not `least`
/// to `most` items.
template <class ReadItem>
auto read_items(const std::string_view field, const JsonText array, const std::size_t least,
                const std::size_t most, const std::string_view expected, const ReadItem& read_item)
    -> Result<std::vector<typename std::invoke_result_t<ReadItem, std::string, JsonText>::value_type>> {
    if (!array.is_array()) return wrong(field, found(array), expected);
    std::size_t count = 0;
    array.for_each_item([&count](JsonText) { ++count; });
    if (count < least || count > most) return wrong(field, "an array of " + std::to_string(count), expected);

    std::vector<typename std::invoke_result_t<ReadItem, std::string, JsonText>::value_type> items;
    items.reserve(count);
    std::optional<ApiError> faults;
    std::size_t index = 0;
    array.for_each_item([&](const JsonText item) {
        auto read = read_item(std::string(field) + "[" + std::to_string(index++) + "]", item);
        if (read.has_value()) {
            items.push_back(*std::move(read));
        } else if (!faults) {
            faults = std::move(read).error();
        } else {
            faults->message.append(" ").append(read.error().message);
            if (read.error().code != ErrorCode::invalid_request) faults->code = read.error().code;
        }
    });
    if (faults) return *std::move(faults);
    return items;
}

/// A request with all its fields good; or all that is wrong, with the code that its description names.
template <Described Request>
Result<Request> read_request(const RequestSource& source) {
    FieldReader reader(source);
    auto request = read_fields<Request>(reader);
    if (!reader.good()) return reader.error(Request::describe().fault);
    return request;
}

}  // namespace gateway::api
