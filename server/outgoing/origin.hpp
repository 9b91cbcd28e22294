// Who a request goes to, read from its URL.
#pragma once

#include "server/outgoing/outgoing_error.hpp"

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace gateway::outgoing {

/// Scheme, host and port of a URL: what requests that share a connection have in common.
struct Origin {
    bool tls = true;
    /// As the URL has it, in lower case; an IPv6 address in its brackets.
    std::string host;
    std::uint16_t port = 0;

    friend auto operator<=>(const Origin&, const Origin&) = default;
};

/// What the Host header says: the port only where it is not the scheme's own.
std::string host_header(const Origin& origin);

/// A URL as a request needs it.
struct Destination {
    Origin origin;
    /// Path and query as the URL spells them, "/" where it has neither. The fragment is nobody's business.
    std::string target;
};

/// Fails with `blocked_address` for what is no absolute http or https URL with a host, has user-info, or a
/// port outside 1 to 65535: nothing is connected to for it. Whether the host may be reached is not judged
/// here.
OutgoingResult<Destination> parse_destination(std::string_view url);

}  // namespace gateway::outgoing
