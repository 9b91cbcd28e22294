// getaddrinfo(3), which blocks its thread.
#pragma once

#include "server/outgoing/resolver.hpp"

#include <string>

namespace gateway::outgoing {

/// The addresses of a name, of both families. Blocks its thread until there is an answer, however long that
/// takes. Fails with `dns`.
OutgoingResult<Addresses> system_lookup(const std::string& host);

}  // namespace gateway::outgoing
