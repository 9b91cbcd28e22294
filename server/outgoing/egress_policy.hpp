// Where the daemon may connect to: which addresses, and which spellings of a host.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace gateway::outgoing {

namespace asio = boost::asio;

/// What the policy says of one address. `reason` is one word for the log, of static storage: "public",
/// "allow_networks", "deny_networks", or what the blocked network is for, e.g. "private".
struct EgressVerdict {
    bool allowed = false;
    std::string_view reason;

    friend bool operator==(const EgressVerdict&, const EgressVerdict&) = default;
};

/// A block of addresses, as CIDR notation writes it.
struct Network {
    asio::ip::address base;
    /// 0 to 32 for IPv4, 0 to 128 for IPv6.
    unsigned prefix_length = 0;

    /// IPv4 and IPv6 are worlds apart here: an IPv4 network holds no IPv6 address, IPv4-mapped ones included.
    [[nodiscard]] bool contains(const asio::ip::address& address) const noexcept;

    friend bool operator==(const Network&, const Network&) = default;
};

/// Reads e.g. "10.0.0.0/8" or "fd00::/8". Throws std::invalid_argument, naming the text and what is wrong
/// with it, where the prefix is absent or out of range, the address is not in the usual notation or carries a
/// zone, or bits are set behind the prefix ("10.0.0.1/8": such an entry is a slip, and masking it would hide
/// which).
Network parse_network(std::string_view text);

/// Judges addresses before a socket connects to them. A value without mutable state: any thread may ask.
///
/// Without lists, only what an ordinary public host can have is allowed. Blocked is every entry of the IANA
/// special-purpose address registries (RFC 6890), reachable or not since no webhook lives in any, multicast,
/// the metadata services of cloud platforms, and every IPv6 address outside 2000::/3 (RFC 4291, global
/// unicast).
///
/// The first of these that applies decides:
///   1. an address with a zone (fe80::1%eth0) is blocked;
///   2. an IPv4-mapped IPv6 address (::ffff:0:0/96) is blocked: a name server has no reason to give one, and
///   so
///      no list of IPv4 networks can be got round by it;
///   3. `deny` blocks, `allow` opens;
///   4. the rule above.
/// An address of the NAT64 prefix 64:ff9b::/96 (RFC 6052) that `allow` opens leads to the IPv4 address in its
/// last 32 bits, which must then be allowed in its own right. Other tunnels (6to4, Teredo) are opened with
/// all that is behind them.
class EgressPolicy {
  public:
    /// Both lists hold CIDR networks. Throws std::invalid_argument, naming the entry, where parse_network
    /// does and where one lies within ::ffff:0:0/96: it could have no effect, the IPv4 network is what is
    /// meant.
    explicit EgressPolicy(const std::vector<std::string>& allow = {},
                          const std::vector<std::string>& deny = {});

    [[nodiscard]] EgressVerdict judge(const asio::ip::address& address) const;

    [[nodiscard]] bool allows(const asio::ip::address& address) const { return judge(address).allowed; }

    /// Of the same lists.
    friend bool operator==(const EgressPolicy&, const EgressPolicy&) = default;

  private:
    struct Rule {
        Network network;
        EgressVerdict verdict;

        friend bool operator==(const Rule&, const Rule&) = default;
    };

    void add(const std::vector<std::string>& networks, EgressVerdict verdict);
    [[nodiscard]] EgressVerdict first_match(const asio::ip::address& address) const;

    std::vector<Rule> rules_;  // the first that contains the address decides
};

/// What a name and an IPv4 address are written with.
inline constexpr std::string_view host_characters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

/// A name for the resolver, in lower case, with its final dot if it has one: no search list is tried then.
struct HostName {
    std::string text;
};

/// A host that is neither a plain address nor a plain name. `reason` is one word for the log, of static
/// storage: "empty", "too_long", "percent_encoded", "non_ascii", "bad_character", "empty_label",
/// "odd_ipv4", "bad_ipv6" or "zone_id".
struct RefusedHost {
    std::string_view reason;
};

using UrlHost = std::variant<asio::ip::address, HostName, RefusedHost>;

/// Tells what the host of a URL is, given as it stands there (Boost.URL's encoded_host(): percent-encoded,
/// brackets kept).
///
/// Addresses are taken in one spelling only: IPv4 as four decimal numbers without leading zeros, IPv6 in
/// brackets. A host whose last label is a number, decimal or hexadecimal, is an address or refused and never
/// a name (URL Standard, "ends in a number checker"): resolvers read 0177.0.0.1, 0x7f.1, 127.1 and 2130706433
/// as 127.0.0.1. Names have letters, digits, "-" and "_" in labels of 1 to 63 characters, 253 in all (RFC
/// 1035), and may end in a dot; those of other alphabets come as "xn--" labels.
UrlHost classify_host(std::string_view host);

/// A name as certificates have it.
std::string_view without_final_dot(std::string_view name);

}  // namespace gateway::outgoing
