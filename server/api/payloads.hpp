// What the payload of each type of event holds.
#pragma once

#include "server/api/json_message.hpp"
#include "server/api/json_object.hpp"
#include "storage/values/event_set.hpp"

#include <string>
#include <string_view>

namespace gateway::api {

inline constexpr ObjectLimits payload_limits{.bytes = 262'144, .depth = 32};

/// A payload as receivers get it: a JSON object, its tokens as the client wrote them, with no white space
/// between them.
struct Payload {
    std::string text;
};

/// Any object whose keys are there once each, within the limits above.
template <>
struct Wire<Payload> {
    static std::string expected() { return "a JSON object"; }

    static Result<Payload> read(std::string_view field, JsonText value);

    static std::string_view text(const Payload& payload) { return payload.text; }

    static boost::json::object schema(Components& components);
};

/// Tells the reader what the payload of an event of this type lacks, and what of its own fields is of another
/// type than it should be. Other fields may be there besides. The reader is that of the message around it.
void check_payload(const Payload& payload, EventType type, FieldReader& reader);

/// What may be kept of a payload of this type when its user is to be forgotten: the fields that the type has,
/// identifiers without values, profile and metadata empty. It could have been published.
std::string blank_payload(EventType type, std::string_view payload);

/// The rule of a message that has a type and a payload: the one is of the other.
boost::json::object payload_by_type(Components& components);

/// A payload that holds all of its type's fields.
std::string_view example_payload(EventType type) noexcept;

}  // namespace gateway::api
