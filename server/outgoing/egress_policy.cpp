#include "server/outgoing/egress_policy.hpp"

#include <boost/algorithm/string/case_conv.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <boost/system/error_code.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <utility>

namespace gateway::outgoing {
namespace {

namespace ip = asio::ip;

constexpr std::size_t longest_name = 253;
constexpr std::size_t longest_label = 63;

struct KnownNetwork {
    std::string_view network;
    EgressVerdict verdict;
};

constexpr KnownNetwork blocked(const std::string_view network, const std::string_view reason) {
    return {network, {.allowed = false, .reason = reason}};
}

constexpr KnownNetwork allowed(const std::string_view network, const std::string_view reason) {
    return {network, {.allowed = true, .reason = reason}};
}

// The first that contains an address decides, so the narrower stand before the wider. An IPv6 address that
// none contains is blocked.
constexpr std::array known_networks{
    blocked("0.0.0.0/32", "unspecified"),      // RFC 1122
    blocked("0.0.0.0/8", "this_network"),      // RFC 791
    blocked("10.0.0.0/8", "private"),          // RFC 1918
    blocked("100.64.0.0/10", "carrier_nat"),   // RFC 6598
    blocked("127.0.0.0/8", "loopback"),        // RFC 1122
    blocked("168.63.129.16/32", "metadata"),   // Azure's, the one outside the ranges that are special anyway
    blocked("169.254.0.0/16", "link_local"),   // RFC 3927; most clouds' metadata at 169.254.169.254
    blocked("172.16.0.0/12", "private"),       // RFC 1918
    blocked("192.0.0.0/24", "ietf_protocol"),  // RFC 6890
    blocked("192.0.2.0/24", "documentation"),  // RFC 5737
    blocked("192.31.196.0/24", "as112"),       // RFC 7535
    blocked("192.52.193.0/24", "multicast"),   // RFC 7450, relays of multicast
    blocked("192.88.99.0/24", "six_to_four"),  // RFC 7526
    blocked("192.168.0.0/16", "private"),      // RFC 1918
    blocked("192.175.48.0/24", "as112"),       // RFC 7534
    blocked("198.18.0.0/15", "benchmarking"),  // RFC 2544
    blocked("198.51.100.0/24", "documentation"),  // RFC 5737
    blocked("203.0.113.0/24", "documentation"),   // RFC 5737
    blocked("224.0.0.0/4", "multicast"),          // RFC 5771
    blocked("255.255.255.255/32", "broadcast"),   // RFC 919
    blocked("240.0.0.0/4", "reserved"),           // RFC 1112
    allowed("0.0.0.0/0", "public"),
    blocked("::/128", "unspecified"),               // RFC 4291
    blocked("::1/128", "loopback"),                 // RFC 4291
    blocked("::/96", "ipv4_compatible"),            // RFC 4291
    blocked("::ffff:0:0:0/96", "ipv4_translated"),  // RFC 2765
    blocked("64:ff9b::/96", "nat64"),               // RFC 6052
    blocked("64:ff9b:1::/48", "nat64"),             // RFC 8215
    blocked("100::/64", "discard"),                 // RFC 6666
    blocked("2001::/32", "teredo"),                 // RFC 4380
    blocked("2001:2::/48", "benchmarking"),         // RFC 5180
    blocked("2001:10::/28", "orchid"),              // RFC 4843
    blocked("2001:20::/28", "orchid"),              // RFC 7343
    blocked("2001::/23", "ietf_protocol"),          // RFC 2928
    blocked("2001:db8::/32", "documentation"),      // RFC 3849
    blocked("2002::/16", "six_to_four"),            // RFC 3056
    blocked("2620:4f:8000::/48", "as112"),          // RFC 7534
    blocked("3fff::/20", "documentation"),          // RFC 9637
    blocked("5f00::/16", "srv6"),                   // RFC 9602
    blocked("fc00::/7", "unique_local"),            // RFC 4193
    blocked("fe80::/10", "link_local"),             // RFC 4291
    blocked("fec0::/10", "site_local"),             // RFC 3879
    blocked("ff00::/8", "multicast"),               // RFC 4291
    allowed("2000::/3", "public"),                  // RFC 4291
};

template <class Bytes>
bool same_prefix(const Bytes& left, const Bytes& right, const unsigned length) {
    const std::size_t whole = length / 8;
    if (!std::equal(left.begin(), left.begin() + whole, right.begin())) return false;
    const unsigned rest = length % 8;
    return rest == 0 || ((left[whole] ^ right[whole]) >> (8 - rest)) == 0;
}

bool is_nat64(const ip::address_v6::bytes_type& bytes) {
    constexpr std::array<unsigned char, 12> prefix{0x00, 0x64, 0xff, 0x9b};
    return std::equal(prefix.begin(), prefix.end(), bytes.begin());
}

// The address that a NAT64 one leads to.
ip::address_v4 embedded_ipv4(const ip::address_v6::bytes_type& bytes) {
    return ip::address_v4({bytes[12], bytes[13], bytes[14], bytes[15]});
}

// Asio hands the text to inet_pton(3): four decimal numbers without leading zeros for IPv4. What inet_pton
// would not see to its end (a NUL) and what Asio reads by itself (a zone) is not let through.
std::optional<ip::address> read_address(const std::string_view text) {
    if (text.find_first_not_of("0123456789abcdefABCDEF:.") != std::string_view::npos) return std::nullopt;
    boost::system::error_code error;
    const ip::address address = ip::make_address(text, error);
    if (error) return std::nullopt;
    return address;
}

std::optional<unsigned> read_prefix_length(const std::string_view text, const unsigned most) {
    unsigned length = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
    const bool whole = error == std::errc{} && end == text.data() + text.size();
    const bool leading_zero = text.size() > 1 && text.front() == '0';
    if (!whole || leading_zero || length > most) return std::nullopt;
    return length;
}

// The address with every bit behind the prefix cleared.
ip::address canonical_base(const Network& network) {
    const auto length = static_cast<unsigned short>(network.prefix_length);
    if (network.base.is_v4()) return ip::network_v4(network.base.to_v4(), length).network();
    return ip::network_v6(network.base.to_v6(), length).network();
}

[[noreturn]] void refuse_network(const std::string_view text, const std::string& why) {
    throw std::invalid_argument("\"" + std::string(text) + "\" is not a network: " + why);
}

// What the URL Standard's IPv4 number parser takes, octal numbers being decimal digits as well. In lower
// case.
bool is_number(const std::string_view label) {
    if (label.starts_with("0x"))
        return label.find_first_not_of("0123456789abcdef", 2) == std::string_view::npos;
    return label.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string_view last_label(const std::string_view name) {
    const std::size_t dot = name.rfind('.');
    return dot == std::string_view::npos ? name : name.substr(dot + 1);
}

bool has_long_label(std::string_view name) {
    for (std::size_t dot = name.find('.'); dot != std::string_view::npos; dot = name.find('.')) {
        if (dot > longest_label) return true;
        name.remove_prefix(dot + 1);
    }
    return name.size() > longest_label;
}

// Why the text is not a name, as a word; empty where it is one.
std::string_view fault_of_name(const std::string_view text) {
    if (text.empty()) return "empty";
    if (std::ranges::any_of(text, [](const char c) { return static_cast<unsigned char>(c) > 0x7f; }))
        return "non_ascii";
    if (text.find('%') != std::string_view::npos) return "percent_encoded";
    if (text.find_first_not_of(host_characters) != std::string_view::npos) return "bad_character";
    if (text.starts_with('.') || text.ends_with('.') || text.find("..") != std::string_view::npos)
        return "empty_label";
    if (text.size() > longest_name || has_long_label(text)) return "too_long";
    return {};
}

UrlHost classify_bracketed(const std::string_view host) {
    if (host.find('%') != std::string_view::npos) return RefusedHost{"zone_id"};
    if (!host.ends_with(']')) return RefusedHost{"bad_ipv6"};
    const std::optional<ip::address> address = read_address(host.substr(1, host.size() - 2));
    if (!address || !address->is_v6()) return RefusedHost{"bad_ipv6"};
    return *address;
}

}  // namespace

bool Network::contains(const ip::address& address) const noexcept {
    if (base.is_v4() != address.is_v4()) return false;
    if (base.is_v4()) return same_prefix(base.to_v4().to_bytes(), address.to_v4().to_bytes(), prefix_length);
    return same_prefix(base.to_v6().to_bytes(), address.to_v6().to_bytes(), prefix_length);
}

Network parse_network(const std::string_view text) {
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos)
        refuse_network(text, "expected an address, \"/\" and a prefix length");
    const std::optional<ip::address> base = read_address(text.substr(0, slash));
    if (!base) refuse_network(text, "expected an IPv4 or IPv6 address before \"/\"");
    const unsigned most = base->is_v4() ? 32 : 128;
    const std::optional<unsigned> length = read_prefix_length(text.substr(slash + 1), most);
    if (!length) refuse_network(text, "expected a number from 0 to " + std::to_string(most) + " after \"/\"");
    Network network{*base, *length};
    if (const auto meant = canonical_base(network); meant != *base) {
        refuse_network(text, "bits are set behind the prefix, expected \"" + meant.to_string() + "/" +
                                 std::to_string(*length) + "\"");
    }
    return network;
}

EgressPolicy::EgressPolicy(const std::vector<std::string>& allow, const std::vector<std::string>& deny) {
    add(deny, {.allowed = false, .reason = "deny_networks"});
    add(allow, {.allowed = true, .reason = "allow_networks"});
    for (const KnownNetwork& known : known_networks) {
        rules_.push_back({parse_network(known.network), known.verdict});
    }
}

void EgressPolicy::add(const std::vector<std::string>& networks, const EgressVerdict verdict) {
    for (const std::string& text : networks) {
        const Network network = parse_network(text);
        if (network.base.is_v6() && network.base.to_v6().is_v4_mapped()) {
            refuse_network(text, "IPv4-mapped addresses are always blocked, write the IPv4 network");
        }
        rules_.push_back({network, verdict});
    }
}

EgressVerdict EgressPolicy::judge(const ip::address& address) const {
    if (address.is_v4()) return first_match(address);
    const ip::address_v6 v6 = address.to_v6();
    if (v6.scope_id() != 0) return {.allowed = false, .reason = "zone_id"};
    if (v6.is_v4_mapped()) return {.allowed = false, .reason = "ipv4_mapped"};
    const EgressVerdict verdict = first_match(address);
    if (!verdict.allowed || !is_nat64(v6.to_bytes())) return verdict;
    return first_match(embedded_ipv4(v6.to_bytes()));
}

EgressVerdict EgressPolicy::first_match(const ip::address& address) const {
    const auto rule = std::ranges::find_if(
        rules_, [&](const Rule& candidate) { return candidate.network.contains(address); });
    if (rule == rules_.end()) return {.allowed = false, .reason = "not_global_unicast"};
    return rule->verdict;
}

std::string_view without_final_dot(std::string_view name) {
    if (name.ends_with('.')) name.remove_suffix(1);
    return name;
}

UrlHost classify_host(const std::string_view host) {
    if (host.starts_with('[')) return classify_bracketed(host);
    const std::string_view labels = without_final_dot(host);
    if (const std::string_view fault = fault_of_name(labels); !fault.empty()) return RefusedHost{fault};
    std::string name = boost::to_lower_copy(std::string(host));
    if (!is_number(last_label(without_final_dot(name)))) return HostName{std::move(name)};
    const std::optional<ip::address> address = read_address(name);
    if (!address) return RefusedHost{"odd_ipv4"};
    return *address;
}

}  // namespace gateway::outgoing
