// The API's own description, made from the operation table and the wire types.
#pragma once

#include "server/api/operation.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>

#include <span>

namespace gateway::api {

/// The OpenAPI 3.1 document of these operations.
boost::json::object openapi_document(std::span<const Operation> operations);

/// GET /openapi.json
boost::asio::awaitable<Result<Reply>> handle_get_openapi(Call& call);

}  // namespace gateway::api
