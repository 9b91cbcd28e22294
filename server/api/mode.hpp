// The operations of the Mode tag.
#pragma once

#include "server/api/operation.hpp"

#include <boost/asio/awaitable.hpp>

namespace gateway::api {

/// GET /v2/session/apps/{appID}/mode
boost::asio::awaitable<Result<Reply>> handle_get_mode(Call& call);

/// PUT /v2/session/apps/{appID}/mode
boost::asio::awaitable<Result<Reply>> handle_update_mode(Call& call);

}  // namespace gateway::api
