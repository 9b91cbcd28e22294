// The API's own description, made from the operation tables.
#pragma once

#include "server/api/operation.hpp"

#include <boost/json/object.hpp>

#include <span>

namespace gateway {

/// The OpenAPI 3.1 document of these operations, as the paths offer them.
boost::json::object openapi_document(std::span<const api::Tag> tags);

/// {"$ref": …} to the schema of an error's body.
boost::json::object error_reference(ErrorCode code);

}  // namespace gateway
