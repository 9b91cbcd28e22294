// The operations of the Health tag, for whoever watches the daemon.
#pragma once

#include "server/api/operation.hpp"

namespace gateway::api {

/// GET /healthz: the process lives.
boost::asio::awaitable<Result<Reply>> handle_get_health(Call& call);

/// GET /readyz: a read and an empty write come back within a second.
boost::asio::awaitable<Result<Reply>> handle_get_readiness(Call& call);

}  // namespace gateway::api
