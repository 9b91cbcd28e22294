// Reads the fields of a JSON request body and collects what is wrong with them, so that one answer tells it
// all.
#pragma once

#include "storage/values/error.hpp"
#include "storage/values/event_set.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/object.hpp>

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace gateway::api {

/// Fields beyond those asked for are ignored; of a duplicated key the last counts. `null` counts as present.
class RequestBody {
  public:
    /// Parses `text`. A text that is not a JSON object is the first fault.
    explicit RequestBody(std::string_view text);
    ~RequestBody() = default;
    RequestBody(const RequestBody&) = delete;
    RequestBody& operator=(const RequestBody&) = delete;

    [[nodiscard]] bool has(std::string_view field) const { return object_.contains(field); }

    // A required field of each kind. Any other value, or none, is a fault, and nothing is returned.

    std::optional<EventType> event_type(std::string_view field);

    /// An array of event types; duplicates are folded.
    std::optional<EventSet> event_set(std::string_view field);

    /// Text that `check` (which names the field in its error) finds nothing wrong with.
    template <class Check>
    std::optional<std::string> text(std::string_view field, std::string_view expected, Check check) {
        auto value = any_text(field, expected);
        if (!value) return std::nullopt;
        const Result<void> judgement = check(*value);
        if (judgement.has_value()) return value;
        fault(judgement.error().message);
        return std::nullopt;
    }

    /// One of some words; `parse` gives the value of a word, or nothing.
    template <class Parse>
    auto word(std::string_view field, std::string_view expected, Parse parse)
        -> decltype(parse(std::string_view())) {
        const auto* const value = required(field, expected);
        if (!value) return std::nullopt;
        if (value->is_string()) {
            if (auto parsed = parse(std::string_view(value->get_string()))) return parsed;
        }
        wrong(field, *value, expected);
        return std::nullopt;
    }

    /// Adds what is wrong with the body as a whole.
    void fault(std::string_view message);

    /// Whether nothing was found wrong so far.
    [[nodiscard]] bool good() const noexcept { return faults_.empty(); }

    /// All faults in one message, with this code.
    [[nodiscard]] ApiError error(ErrorCode code) const { return {code, faults_}; }

  private:
    const boost::json::value* required(std::string_view field, std::string_view expected);
    std::optional<std::string> any_text(std::string_view field, std::string_view expected);
    void wrong(std::string_view field, const boost::json::value& value, std::string_view expected);

    // Large enough for every honest body of this API; a larger one goes on to the heap.
    std::array<unsigned char, 2048> buffer_;
    boost::json::monotonic_resource memory_;
    boost::json::object object_;
    std::string faults_;
};

/// "one of user.created, …", for a message.
const std::string& expected_event_type();

/// What a value is, for a message: its type, and a string's text.
std::string found(const boost::json::value& value);

}  // namespace gateway::api
