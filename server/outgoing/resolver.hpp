// From the host of a URL to the addresses that may be connected to.
#pragma once

#include "server/outgoing/egress_policy.hpp"
#include "server/outgoing/outgoing_error.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace gateway::outgoing {

namespace asio = boost::asio;

using Addresses = std::vector<asio::ip::address>;
using Deadline = std::chrono::steady_clock::time_point;

/// A look-up that somebody asks for.
struct LookUp {
    std::string host;    ///< a name as classify_host() gives it
    std::string tenant;  ///< whose share of the look-ups it takes, e.g. an app
};

/// Turns names into addresses. Tests put their own in its place.
class Resolver {
  public:
    Resolver() = default;
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;
    virtual ~Resolver() = default;

    /// Every address of the host. Answers `timeout` at the deadline at the latest. Nothing of what it finds
    /// has been checked: see resolve_allowed().
    virtual asio::awaitable<OutgoingResult<Addresses>> resolve(LookUp look_up, Deadline deadline) = 0;
};

/// The addresses to connect to for the host of a URL (here as classify_host() takes it), in the resolver's
/// order.
/// All of them are allowed: one blocked address blocks the host, since a caller who may try several would
/// otherwise reach it. Looks up at most once, and an address not at all; connect to what this gives and never
/// look the name up again, as a name may answer differently the next time.
///
/// Fails with `blocked_address` for a refused spelling or address, and as the resolver does. `policy` and
/// `resolver` outlive the coroutine.
asio::awaitable<OutgoingResult<Addresses>> resolve_allowed(const EgressPolicy& policy, Resolver& resolver,
                                                           LookUp look_up, Deadline deadline);

}  // namespace gateway::outgoing
