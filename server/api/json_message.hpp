// Requests out of JSON and text, responses into JSON: what every binding that speaks JSON shares.
#pragma once

#include "server/api/wire.hpp"
#include "storage/values/error.hpp"

#include <boost/container/small_vector.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <array>
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

/// Reads fields one after the other and collects what is wrong with them, so that one answer tells it all.
/// A field is looked for among the texts, then in the body. Fields beyond those asked for are ignored; of a
/// duplicated key the last counts. `null` counts as present.
class FieldReader {
  public:
    /// `source` outlives the reader. A body that is not a JSON object is the first fault.
    explicit FieldReader(const RequestSource& source);
    ~FieldReader() = default;
    FieldReader(const FieldReader&) = delete;
    FieldReader& operator=(const FieldReader&) = delete;

    template <class T>
    void read(const std::string_view name, T& out) {
        if (!take(name, out)) missing(name, Wire<T>::expected());
    }

    template <class T>
    void read(const std::string_view name, std::optional<T>& out) {
        T value{};
        if (take(name, value)) out = std::move(value);
    }

    /// Adds what is wrong with the request as a whole.
    void fault(std::string_view message);

    /// Whether nothing was found wrong so far.
    [[nodiscard]] bool good() const noexcept { return faults_.empty(); }

    /// All faults in one message.
    [[nodiscard]] ApiError error(ErrorCode code) const { return {code, faults_}; }

  private:
    [[nodiscard]] const std::string* text(std::string_view name) const;
    void missing(std::string_view name, std::string_view expected);

    /// False where there is no such field.
    template <class T>
    bool take(const std::string_view name, T& out) {
        if constexpr (requires { Wire<T>::parse(name, name); }) {
            if (const auto* const found = text(name)) {
                keep(Wire<T>::parse(name, *found), out);
                return true;
            }
        }
        const auto* const value = object_.if_contains(name);
        if (value) keep(Wire<T>::read(name, *value), out);
        return value;
    }

    template <class T>
    void keep(Result<T> result, T& out) {
        if (result.has_error()) {
            fault(result.error().message);
        } else {
            out = *std::move(result);
        }
    }

    const RequestSource& source_;
    // Large enough for every honest body of this API; a larger one goes on to the heap.
    std::array<unsigned char, 2048> buffer_;
    boost::json::monotonic_resource memory_;
    boost::json::object object_;
    bool readable_ = true;  // the body, where there is one, is a JSON object
    std::string faults_;
};

/// The message of a change in which nothing is to be changed: "… expected any of a, b, c."
std::string nothing_to_change(std::string_view fields);

/// A request with all its fields good; or all that is wrong, with the code that its description names.
template <Described Request>
Result<Request> read_request(const RequestSource& source) {
    constexpr auto description = Request::describe();
    FieldReader reader(source);
    Request request{};
    bool has_change = false;
    std::string optional_fields;
    for_each_field<Request>([&]<class T>(const Field<Request, T>& field) {
        reader.read(field.text.name, request.*field.member);
        if constexpr (is_optional<T> && description.is_change) {
            has_change = has_change || (request.*field.member).has_value();
            optional_fields.append(optional_fields.empty() ? "" : ", ").append(field.text.name);
        }
    });
    if (description.is_change && reader.good() && !has_change) {
        reader.fault(nothing_to_change(optional_fields));
    }
    if (!reader.good()) return reader.error(description.fault);
    return request;
}

/// The JSON text of a response.
template <Described Response>
std::string write_response(const Response& response) {
    std::array<unsigned char, 4096> buffer;  // NOLINT(*-member-init): scratch space
    boost::json::monotonic_resource memory(buffer.data(), buffer.size());
    return boost::json::serialize(Wire<Response>::write(response, &memory));
}

}  // namespace gateway::api
