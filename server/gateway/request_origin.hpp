// Where a request comes from.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gateway {

/// Who is counted where nobody shows a good API token: an IPv4 address, or the /64 of an IPv6 one, of which
/// nobody has less.
using ClientNetwork = std::uint64_t;
ClientNetwork network_of(const boost::asio::ip::address& address);

/// Who sent a request, and what it goes by in the log.
struct RequestOrigin {
    std::string_view client;               ///< the peer's address
    std::optional<ClientNetwork> network;  ///< nothing: the peer has no address
    std::string request_id;
    bool counted = false;  ///< towards the limits, when its header was judged
};

}  // namespace gateway
