// Reads the fields of a JSON request body and collects what is wrong with them, so that one answer tells it all.
#pragma once

#include "storage/error.hpp"
#include "storage/event_set.hpp"

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
    RequestBody(const RequestBody&) = delete;
    RequestBody& operator=(const RequestBody&) = delete;

    /// The event type in a required field. A fault, and nothing, for any other value.
    std::optional<EventType> event_type(std::string_view field);

    /// Whether nothing was found wrong so far.
    [[nodiscard]] bool good() const noexcept { return faults_.empty(); }

    /// All faults in one message, with this code.
    [[nodiscard]] ApiError error(ErrorCode code) const { return {code, faults_}; }

  private:
    const boost::json::value* required(std::string_view field, std::string_view expected);
    void fault(std::string_view message);

    // Large enough for every honest body of this API; a larger one goes on to the heap.
    std::array<unsigned char, 2048> buffer_;
    boost::json::monotonic_resource memory_;
    boost::json::object object_;
    std::string faults_;
};

/// What a value is, for a message: its type, and a string's text.
std::string found(const boost::json::value& value);

}  // namespace gateway::api
