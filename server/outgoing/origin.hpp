// Who a request goes to, read from its URL.
#pragma once

#include "server/outgoing/outgoing_error.hpp"

#include <compare>
#include <cstdint>
#include <optional>
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

/// What a URL consists of behind its scheme, as it stands there.
struct UrlParts {
    bool has_user_info = false;
    std::string_view host;                 ///< an IPv6 address in its brackets; empty where there is none
    std::optional<std::string_view> port;  ///< what follows the colon, which may be nothing
    std::string_view rest;                 ///< path, query and fragment
};

/// Splits a URL, or what is to be one. Boost.URL 1.81 is not asked: it takes "https://192.0.2.1.example:80/"
/// for the address with the path ".example:80/", and "https://host:-1/" for the host with the path "-1/".
UrlParts split_url(std::string_view url);

/// 1 to 65535; nothing for any other text.
std::optional<std::uint16_t> port_number(std::string_view text);

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
