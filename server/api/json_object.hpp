// JSON objects that clients keep here, and get back as they wrote them.
#pragma once

#include "server/api/json_text.hpp"
#include "storage/values/error.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace gateway::api {

/// How large an object may be.
struct ObjectLimits {
    std::size_t bytes;  ///< without white space
    std::size_t depth;  ///< of containers inside each other, itself the first
};

/// The text of an object within these limits whose keys are there once each, also in what is inside it.
Result<std::string> read_object(std::string_view field, JsonText value, const ObjectLimits& limits);

/// Whether an object's text is within the limit; it is a `field` for the message.
Result<void> check_size(std::string_view field, std::size_t bytes, const ObjectLimits& limits);

/// What becomes of an object by a JSON Merge Patch (RFC 7396). Whatever the patch does not name stays as it
/// is written, and what it brings is as it is written there. Both are objects whose keys are there once each.
std::string merge_patch(JsonText object, JsonText patch);

}  // namespace gateway::api
