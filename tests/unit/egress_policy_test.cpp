#include "server/outgoing/egress_policy.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

BOOST_AUTO_TEST_SUITE(egress_policy_test)

namespace {

using gateway::outgoing::classify_host;
using gateway::outgoing::EgressPolicy;
using gateway::outgoing::EgressVerdict;
using gateway::outgoing::HostName;
using gateway::outgoing::Network;
using gateway::outgoing::parse_network;
using gateway::outgoing::RefusedHost;
using gateway::outgoing::UrlHost;
namespace ip = boost::asio::ip;

constexpr bool allowed = true;
constexpr bool blocked = false;

struct AddressVector {
    std::string_view address;
    bool verdict;
    std::string_view reason;
};

// Of every network of the policy: the address before it, the first, the last and the one after it, those that
// another network has listed already left out.
constexpr std::array boundaries = std::to_array<AddressVector>({
    // 0.0.0.0/32
    {"0.0.0.0", blocked, "unspecified"},
    {"0.0.0.1", blocked, "this_network"},
    // 0.0.0.0/8
    {"0.255.255.255", blocked, "this_network"},
    {"1.0.0.0", allowed, "public"},
    // 10.0.0.0/8
    {"9.255.255.255", allowed, "public"},
    {"10.0.0.0", blocked, "private"},
    {"10.255.255.255", blocked, "private"},
    {"11.0.0.0", allowed, "public"},
    // 100.64.0.0/10
    {"100.63.255.255", allowed, "public"},
    {"100.64.0.0", blocked, "carrier_nat"},
    {"100.127.255.255", blocked, "carrier_nat"},
    {"100.128.0.0", allowed, "public"},
    // 127.0.0.0/8
    {"126.255.255.255", allowed, "public"},
    {"127.0.0.0", blocked, "loopback"},
    {"127.255.255.255", blocked, "loopback"},
    {"128.0.0.0", allowed, "public"},
    // 168.63.129.16/32
    {"168.63.129.15", allowed, "public"},
    {"168.63.129.16", blocked, "metadata"},
    {"168.63.129.17", allowed, "public"},
    // 169.254.0.0/16
    {"169.253.255.255", allowed, "public"},
    {"169.254.0.0", blocked, "link_local"},
    {"169.254.255.255", blocked, "link_local"},
    {"169.255.0.0", allowed, "public"},
    // 172.16.0.0/12
    {"172.15.255.255", allowed, "public"},
    {"172.16.0.0", blocked, "private"},
    {"172.31.255.255", blocked, "private"},
    {"172.32.0.0", allowed, "public"},
    // 192.0.0.0/24
    {"191.255.255.255", allowed, "public"},
    {"192.0.0.0", blocked, "ietf_protocol"},
    {"192.0.0.255", blocked, "ietf_protocol"},
    {"192.0.1.0", allowed, "public"},
    // 192.0.2.0/24
    {"192.0.1.255", allowed, "public"},
    {"192.0.2.0", blocked, "documentation"},
    {"192.0.2.255", blocked, "documentation"},
    {"192.0.3.0", allowed, "public"},
    // 192.31.196.0/24
    {"192.31.195.255", allowed, "public"},
    {"192.31.196.0", blocked, "as112"},
    {"192.31.196.255", blocked, "as112"},
    {"192.31.197.0", allowed, "public"},
    // 192.52.193.0/24
    {"192.52.192.255", allowed, "public"},
    {"192.52.193.0", blocked, "multicast"},
    {"192.52.193.255", blocked, "multicast"},
    {"192.52.194.0", allowed, "public"},
    // 192.88.99.0/24
    {"192.88.98.255", allowed, "public"},
    {"192.88.99.0", blocked, "six_to_four"},
    {"192.88.99.255", blocked, "six_to_four"},
    {"192.88.100.0", allowed, "public"},
    // 192.168.0.0/16
    {"192.167.255.255", allowed, "public"},
    {"192.168.0.0", blocked, "private"},
    {"192.168.255.255", blocked, "private"},
    {"192.169.0.0", allowed, "public"},
    // 192.175.48.0/24
    {"192.175.47.255", allowed, "public"},
    {"192.175.48.0", blocked, "as112"},
    {"192.175.48.255", blocked, "as112"},
    {"192.175.49.0", allowed, "public"},
    // 198.18.0.0/15
    {"198.17.255.255", allowed, "public"},
    {"198.18.0.0", blocked, "benchmarking"},
    {"198.19.255.255", blocked, "benchmarking"},
    {"198.20.0.0", allowed, "public"},
    // 198.51.100.0/24
    {"198.51.99.255", allowed, "public"},
    {"198.51.100.0", blocked, "documentation"},
    {"198.51.100.255", blocked, "documentation"},
    {"198.51.101.0", allowed, "public"},
    // 203.0.113.0/24
    {"203.0.112.255", allowed, "public"},
    {"203.0.113.0", blocked, "documentation"},
    {"203.0.113.255", blocked, "documentation"},
    {"203.0.114.0", allowed, "public"},
    // 224.0.0.0/4
    {"223.255.255.255", allowed, "public"},
    {"224.0.0.0", blocked, "multicast"},
    {"239.255.255.255", blocked, "multicast"},
    {"240.0.0.0", blocked, "reserved"},
    // 255.255.255.255/32
    {"255.255.255.254", blocked, "reserved"},
    {"255.255.255.255", blocked, "broadcast"},
    // 240.0.0.0/4
    // ::/128
    {"::", blocked, "unspecified"},
    {"::1", blocked, "loopback"},
    // ::1/128
    {"::2", blocked, "ipv4_compatible"},
    // ::/96
    {"::ffff:ffff", blocked, "ipv4_compatible"},
    {"::1:0:0", blocked, "not_global_unicast"},
    // ::ffff:0:0/96
    {"::fffe:ffff:ffff", blocked, "not_global_unicast"},
    {"::ffff:0:0", blocked, "ipv4_mapped"},
    {"::ffff:ffff:ffff", blocked, "ipv4_mapped"},
    {"::1:0:0:0", blocked, "not_global_unicast"},
    // ::ffff:0:0:0/96
    {"::fffe:ffff:ffff:ffff", blocked, "not_global_unicast"},
    {"::ffff:0:0:0", blocked, "ipv4_translated"},
    {"::ffff:0:ffff:ffff", blocked, "ipv4_translated"},
    {"::ffff:1:0:0", blocked, "not_global_unicast"},
    // 64:ff9b::/96
    {"64:ff9a:ffff:ffff:ffff:ffff:ffff:ffff", blocked, "not_global_unicast"},
    {"64:ff9b::", blocked, "nat64"},
    {"64:ff9b::ffff:ffff", blocked, "nat64"},
    {"64:ff9b::1:0:0", blocked, "not_global_unicast"},
    // 64:ff9b:1::/48
    {"64:ff9b:0:ffff:ffff:ffff:ffff:ffff", blocked, "not_global_unicast"},
    {"64:ff9b:1::", blocked, "nat64"},
    {"64:ff9b:1:ffff:ffff:ffff:ffff:ffff", blocked, "nat64"},
    {"64:ff9b:2::", blocked, "not_global_unicast"},
    // 100::/64
    {"ff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", blocked, "not_global_unicast"},
    {"100::", blocked, "discard"},
    {"100::ffff:ffff:ffff:ffff", blocked, "discard"},
    {"100:0:0:1::", blocked, "not_global_unicast"},
    // 2001::/32
    {"2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff", allowed, "public"},
    {"2001::", blocked, "teredo"},
    {"2001:0:ffff:ffff:ffff:ffff:ffff:ffff", blocked, "teredo"},
    {"2001:1::", blocked, "ietf_protocol"},
    // 2001:2::/48
    {"2001:1:ffff:ffff:ffff:ffff:ffff:ffff", blocked, "ietf_protocol"},
    {"2001:2::", blocked, "benchmarking"},
    {"2001:2:0:ffff:ffff:ffff:ffff:ffff", blocked, "benchmarking"},
    {"2001:2:1::", blocked, "ietf_protocol"},
    // 2001:10::/28
    {"2001:f:ffff:ffff:ffff:ffff:ffff:ffff", blocked, "ietf_protocol"},
    {"2001:10::", blocked, "orchid"},
    {"2001:1f:ffff:ffff:ffff:ffff:ffff:ffff", blocked, "orchid"},
    {"2001:20::", blocked, "orchid"},
    // 2001:20::/28
    {"2001:2f:ffff:ffff:ffff:ffff:ffff:ffff", blocked, "orchid"},
    {"2001:30::", blocked, "ietf_protocol"},
    // 2001::/23
    {"2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", blocked, "ietf_protocol"},
    {"2001:200::", allowed, "public"},
    // 2001:db8::/32
    {"2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", allowed, "public"},
    {"2001:db8::", blocked, "documentation"},
    {"2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", blocked, "documentation"},
    {"2001:db9::", allowed, "public"},
    // 2002::/16
    {"2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff", allowed, "public"},
    {"2002::", blocked, "six_to_four"},
    {"2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", blocked, "six_to_four"},
    {"2003::", allowed, "public"},
    // 2620:4f:8000::/48
    {"2620:4f:7fff:ffff:ffff:ffff:ffff:ffff", allowed, "public"},
    {"2620:4f:8000::", blocked, "as112"},
    {"2620:4f:8000:ffff:ffff:ffff:ffff:ffff", blocked, "as112"},
    {"2620:4f:8001::", allowed, "public"},
    // 3fff::/20
    {"3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff", allowed, "public"},
    {"3fff::", blocked, "documentation"},
    {"3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", blocked, "documentation"},
    {"3fff:1000::", allowed, "public"},
    // 2000::/3
    {"1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", blocked, "not_global_unicast"},
    {"2000::", allowed, "public"},
    {"3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", allowed, "public"},
    {"4000::", blocked, "not_global_unicast"},
    // 5f00::/16
    {"5eff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", blocked, "not_global_unicast"},
    {"5f00::", blocked, "srv6"},
    {"5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff", blocked, "srv6"},
    {"5f01::", blocked, "not_global_unicast"},
    // fc00::/7
    {"fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", blocked, "not_global_unicast"},
    {"fc00::", blocked, "unique_local"},
    {"fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", blocked, "unique_local"},
    {"fe00::", blocked, "not_global_unicast"},
    // fe80::/10
    {"fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff", blocked, "not_global_unicast"},
    {"fe80::", blocked, "link_local"},
    {"febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", blocked, "link_local"},
    {"fec0::", blocked, "site_local"},
    // fec0::/10
    {"feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", blocked, "site_local"},
    {"ff00::", blocked, "multicast"},
    // ff00::/8
    {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", blocked, "multicast"},
});

// Addresses that are known for something.
constexpr auto well_known = std::to_array<AddressVector>({
    {"1.1.1.1", allowed, "public"},
    {"8.8.8.8", allowed, "public"},
    {"93.184.216.34", allowed, "public"},
    {"100.128.0.1", allowed, "public"},
    {"2606:4700:4700::1111", allowed, "public"},
    {"2001:4860:4860::8888", allowed, "public"},
    {"2a00:1450:4001:81b::200e", allowed, "public"},
    {"127.0.0.1", blocked, "loopback"},
    {"127.1.2.3", blocked, "loopback"},
    {"0.0.0.1", blocked, "this_network"},
    {"10.1.2.3", blocked, "private"},
    {"172.17.0.1", blocked, "private"},  // Docker's bridge
    {"192.168.1.1", blocked, "private"},
    {"169.254.169.254", blocked, "link_local"},   // metadata of AWS, Azure, GCP and others
    {"169.254.170.2", blocked, "link_local"},     // credentials of AWS ECS
    {"100.100.100.200", blocked, "carrier_nat"},  // metadata of Alibaba
    {"192.0.0.192", blocked, "ietf_protocol"},    // metadata of Oracle
    {"fd00:ec2::254", blocked, "unique_local"},   // metadata of AWS
    {"fd20:ce::254", blocked, "unique_local"},    // metadata of GCP
    {"192.0.0.9", blocked, "ietf_protocol"},      // Port Control Protocol
    {"192.0.0.170", blocked, "ietf_protocol"},    // NAT64 discovery
    {"224.0.0.1", blocked, "multicast"},
    {"233.252.0.1", blocked, "multicast"},
    {"::ffff:127.0.0.1", blocked, "ipv4_mapped"},
    {"::ffff:169.254.169.254", blocked, "ipv4_mapped"},
    {"::ffff:8.8.8.8", blocked, "ipv4_mapped"},
    {"::127.0.0.1", blocked, "ipv4_compatible"},
    {"::8.8.8.8", blocked, "ipv4_compatible"},
    {"::ffff:0:127.0.0.1", blocked, "ipv4_translated"},
    {"64:ff9b::127.0.0.1", blocked, "nat64"},
    {"64:ff9b::8.8.8.8", blocked, "nat64"},
    {"64:ff9b:1::10.0.0.1", blocked, "nat64"},
    {"2001:0:4136:e378:8000:63bf:3fff:fdd2", blocked, "teredo"},
    {"2002:7f00:1::1", blocked, "six_to_four"},     // 127.0.0.1
    {"2002:a9fe:a9fe::1", blocked, "six_to_four"},  // 169.254.169.254
    {"2001:1::1", blocked, "ietf_protocol"},
    {"2001:3::1", blocked, "ietf_protocol"},
    {"2001:4:112::1", blocked, "ietf_protocol"},
    {"fe80::1", blocked, "link_local"},
    {"ff02::1", blocked, "multicast"},
    {"ff0e::1", blocked, "multicast"},
    {"fe80::1%1", blocked, "zone_id"},
    {"2606:4700:4700::1111%1", blocked, "zone_id"},
    {"::1%1", blocked, "zone_id"},
    {"::ffff:8.8.8.8%1", blocked, "zone_id"},
    {"8000::1", blocked, "not_global_unicast"},
    {"e000::1", blocked, "not_global_unicast"},
});

// A name that may be looked up.
constexpr std::string_view name = "name";

struct HostVector {
    std::string_view host;
    bool verdict;
    std::string_view reason;
};

constexpr auto hosts = std::to_array<HostVector>({
    // names
    {"example.com", allowed, name},
    {"EXAMPLE.com", allowed, name},
    {"localhost", allowed, name},  // blocked by what it resolves to
    {"api.localhost", allowed, name},
    {"hook", allowed, name},
    {"my_service", allowed, name},
    {"xn--bcher-kva.example", allowed, name},
    {"1.example", allowed, name},
    {"127.0.0.1.example", allowed, name},
    {"127.0.0.1.nip.io", allowed, name},
    {"1e3", allowed, name},
    {"0b1", allowed, name},
    {"0xg", allowed, name},
    {"x7f", allowed, name},
    {"example.1a", allowed, name},
    {"deadbeef", allowed, name},
    {"a-b.c-d", allowed, name},
    // IPv4 as it should be
    {"8.8.8.8", allowed, "public"},
    {"1.2.3.4", allowed, "public"},
    {"127.0.0.1", blocked, "loopback"},
    {"10.0.0.1", blocked, "private"},
    {"169.254.169.254", blocked, "link_local"},
    {"0.0.0.0", blocked, "unspecified"},
    {"255.255.255.255", blocked, "broadcast"},
    // IPv4 in octal
    {"0177.0.0.1", blocked, "odd_ipv4"},
    {"0177.0.0.01", blocked, "odd_ipv4"},
    {"127.0.0.01", blocked, "odd_ipv4"},
    {"08.8.8.8", blocked, "odd_ipv4"},
    {"010.0.0.1", blocked, "odd_ipv4"},
    {"8.8.8.010", blocked, "odd_ipv4"},
    {"00.00.00.00", blocked, "odd_ipv4"},
    {"017700000001", blocked, "odd_ipv4"},
    {"00000000177.0.0.1", blocked, "odd_ipv4"},
    {"0251.0376.0251.0376", blocked, "odd_ipv4"},
    // in hexadecimal
    {"0x7f.1", blocked, "odd_ipv4"},
    {"0x7f.0.0.1", blocked, "odd_ipv4"},
    {"0X7F.0.0.1", blocked, "odd_ipv4"},
    {"0x7f000001", blocked, "odd_ipv4"},
    {"0X7F000001", blocked, "odd_ipv4"},
    {"0xa9fea9fe", blocked, "odd_ipv4"},
    {"127.0.0.0x1", blocked, "odd_ipv4"},
    {"0x7f.0x0.0x0.0x1", blocked, "odd_ipv4"},
    {"0x", blocked, "odd_ipv4"},
    {"127.0.0.0x", blocked, "odd_ipv4"},
    {"0x00000000000007f.1", blocked, "odd_ipv4"},
    // short, or in one number
    {"127.1", blocked, "odd_ipv4"},
    {"127.0.1", blocked, "odd_ipv4"},
    {"2130706433", blocked, "odd_ipv4"},
    {"2852039166", blocked, "odd_ipv4"},
    {"0", blocked, "odd_ipv4"},
    {"1", blocked, "odd_ipv4"},
    {"8.8", blocked, "odd_ipv4"},
    {"4294967295", blocked, "odd_ipv4"},
    {"4294967296", blocked, "odd_ipv4"},
    {"99999999999999999999", blocked, "odd_ipv4"},
    // out of range, too long, a name that ends in a number
    {"256.0.0.1", blocked, "odd_ipv4"},
    {"127.0.0.256", blocked, "odd_ipv4"},
    {"383.0.0.1", blocked, "odd_ipv4"},
    {"1.2.3.4.5", blocked, "odd_ipv4"},
    {"127.0.0.1.0", blocked, "odd_ipv4"},
    {"1.2.3.-4", allowed, name},
    {"example.1", blocked, "odd_ipv4"},
    {"example.0x1", blocked, "odd_ipv4"},
    {"example.com.127", blocked, "odd_ipv4"},
    {"foo.09", blocked, "odd_ipv4"},
    // final dots and empty labels
    {"example.com.", allowed, name},
    {"localhost.", allowed, name},
    {"127.0.0.1.", blocked, "odd_ipv4"},
    {"2130706433.", blocked, "odd_ipv4"},
    {"8.8.8.8.", blocked, "odd_ipv4"},
    {".", blocked, "empty"},
    {"..", blocked, "empty_label"},
    {"example.com..", blocked, "empty_label"},
    {".example.com", blocked, "empty_label"},
    {"example..com", blocked, "empty_label"},
    {"127..0.1", blocked, "empty_label"},
    {".127.0.0.1", blocked, "empty_label"},
    {"", blocked, "empty"},
    // percent-encoded
    {"%31%32%37.0.0.1", blocked, "percent_encoded"},
    {"127%2e0%2e0%2e1", blocked, "percent_encoded"},
    {"127.0.0.1%00", blocked, "percent_encoded"},
    {"localhost%20", blocked, "percent_encoded"},
    {"example%E3%80%82com", blocked, "percent_encoded"},
    {"fe80::1%25eth0", blocked, "percent_encoded"},
    // other alphabets: full-width digits, ideographic full stop, circled digits, soft hyphen, raw bytes
    {"\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1", blocked, "non_ascii"},
    {"127\xe3\x80\x82"
     "0\xe3\x80\x82"
     "0\xe3\x80\x82"
     "1",
     blocked, "non_ascii"},
    {"\xe2\x91\xa0\xe2\x91\xa1\xe2\x91\xa6.0.0.1", blocked, "non_ascii"},
    {"local\xc2\xadhost", blocked, "non_ascii"},
    {"b\xc3\xbc"
     "cher.example",
     blocked, "non_ascii"},
    {"\xff", blocked, "non_ascii"},
    {"127.0.0.1\x80", blocked, "non_ascii"},
    // characters that no host has
    {" 127.0.0.1", blocked, "bad_character"},
    {"127.0.0.1 ", blocked, "bad_character"},
    {"127.0.0.1\n", blocked, "bad_character"},
    {"127.0.0.1\t", blocked, "bad_character"},
    {std::string_view("127.0.0.1\0.example.com", 22), blocked, "bad_character"},
    {std::string_view("\0", 1), blocked, "bad_character"},
    {"127.0.0.1/8", blocked, "bad_character"},
    {"example.com:80", blocked, "bad_character"},
    {"user@example.com", blocked, "bad_character"},
    {"example.com#", blocked, "bad_character"},
    {"example.com\\", blocked, "bad_character"},
    {"*.example.com", blocked, "bad_character"},
    {"+127.0.0.1", blocked, "bad_character"},
    {"127,0,0,1", blocked, "bad_character"},
    {"::1", blocked, "bad_character"},
    {"fe80::1", blocked, "bad_character"},
    {"::ffff:127.0.0.1", blocked, "bad_character"},
    // IPv6
    {"[2606:4700:4700::1111]", allowed, "public"},
    {"[2606:4700:4700:0:0:0:0:1111]", allowed, "public"},
    {"[2001:DB8::1]", blocked, "documentation"},
    {"[::1]", blocked, "loopback"},
    {"[0:0:0:0:0:0:0:1]", blocked, "loopback"},
    {"[0000:0000:0000:0000:0000:0000:0000:0001]", blocked, "loopback"},
    {"[::]", blocked, "unspecified"},
    {"[::0.0.0.1]", blocked, "loopback"},
    {"[::127.0.0.1]", blocked, "ipv4_compatible"},
    {"[::ffff:127.0.0.1]", blocked, "ipv4_mapped"},
    {"[::ffff:7f00:1]", blocked, "ipv4_mapped"},
    {"[::FFFF:8.8.8.8]", blocked, "ipv4_mapped"},
    {"[0:0:0:0:0:ffff:7f00:0001]", blocked, "ipv4_mapped"},
    {"[64:ff9b::a9fe:a9fe]", blocked, "nat64"},
    {"[2002:7f00:1::]", blocked, "six_to_four"},
    {"[fd00::1]", blocked, "unique_local"},
    {"[fe80::1]", blocked, "link_local"},
    {"[ff02::1]", blocked, "multicast"},
    // zones
    {"[fe80::1%25eth0]", blocked, "zone_id"},
    {"[fe80::1%eth0]", blocked, "zone_id"},
    {"[fe80::1%251]", blocked, "zone_id"},
    {"[2606:4700:4700::1111%251]", blocked, "zone_id"},
    {"[::1%25lo]", blocked, "zone_id"},
    // brackets around something else
    {"[]", blocked, "bad_ipv6"},
    {"[", blocked, "bad_ipv6"},
    {"]", blocked, "bad_character"},
    {"[::1", blocked, "bad_ipv6"},
    {"::1]", blocked, "bad_character"},
    {"[[::1]]", blocked, "bad_ipv6"},
    {"[::1].", blocked, "bad_ipv6"},
    {"[::1]]", blocked, "bad_ipv6"},
    {"[127.0.0.1]", blocked, "bad_ipv6"},
    {"[8.8.8.8]", blocked, "bad_ipv6"},
    {"[2130706433]", blocked, "bad_ipv6"},
    {"[localhost]", blocked, "bad_ipv6"},
    {"[example.com]", blocked, "bad_ipv6"},
    {"[v1.fe80::1]", blocked, "bad_ipv6"},
    {"[:::1]", blocked, "bad_ipv6"},
    {"[1::2::3]", blocked, "bad_ipv6"},
    {"[::00001]", blocked, "bad_ipv6"},
    {"[::g]", blocked, "bad_ipv6"},
    {"[1:2:3:4:5:6:7]", blocked, "bad_ipv6"},
    {"[1:2:3:4:5:6:7:8:9]", blocked, "bad_ipv6"},
    {"[::ffff:0177.0.0.1]", blocked, "bad_ipv6"},
    {"[::ffff:127.1]", blocked, "bad_ipv6"},
    {"[::ffff:0x7f.0.0.1]", blocked, "bad_ipv6"},
    {"[::1 ]", blocked, "bad_ipv6"},
    {"[::1/128]", blocked, "bad_ipv6"},
    {std::string_view("[::1\0]", 6), blocked, "bad_ipv6"},
});

static_assert(boundaries.size() + well_known.size() + hosts.size() >= 250);

void check(const EgressPolicy& policy, const AddressVector& vector) {
    const ip::address address = ip::make_address(vector.address);
    const EgressVerdict verdict = policy.judge(address);
    BOOST_TEST(verdict.allowed == vector.verdict, vector.address << " is " << verdict.reason);
    BOOST_TEST(verdict.reason == vector.reason, vector.address << " is " << verdict.reason);
    BOOST_TEST(policy.allows(address) == vector.verdict);
}

EgressVerdict judge_host(const EgressPolicy& policy, const std::string_view host) {
    const UrlHost kind = classify_host(host);
    if (const auto* refused = std::get_if<RefusedHost>(&kind))
        return {.allowed = false, .reason = refused->reason};
    if (const auto* address = std::get_if<ip::address>(&kind)) return policy.judge(*address);
    return {.allowed = true, .reason = name};
}

std::string_view reason(const EgressPolicy& policy, const std::string_view address) {
    return policy.judge(ip::make_address(address)).reason;
}

// What a policy with this entry in its list is refused with; empty where it is not.
std::string complaint(const std::string& network) {
    try {
        const EgressPolicy policy({}, {network});
        return {};
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
}

}  // namespace

BOOST_AUTO_TEST_CASE(judges_the_edges_of_every_network) {
    const EgressPolicy policy;
    for (const AddressVector& vector : boundaries)
        check(policy, vector);
}

BOOST_AUTO_TEST_CASE(judges_well_known_addresses) {
    const EgressPolicy policy;
    for (const AddressVector& vector : well_known)
        check(policy, vector);
}

BOOST_AUTO_TEST_CASE(judges_hosts_as_urls_spell_them) {
    const EgressPolicy policy;
    for (const HostVector& vector : hosts) {
        const EgressVerdict verdict = judge_host(policy, vector.host);
        BOOST_TEST(verdict.allowed == vector.verdict, vector.host << " is " << verdict.reason);
        BOOST_TEST(verdict.reason == vector.reason, vector.host << " is " << verdict.reason);
    }
}

BOOST_AUTO_TEST_CASE(an_address_that_was_never_set_is_blocked) {
    BOOST_TEST(!EgressPolicy().allows(ip::address()));
}

BOOST_AUTO_TEST_CASE(a_name_is_handed_on_in_lower_case) {
    const UrlHost host = classify_host("WWW.Example.COM");
    BOOST_TEST(std::get<HostName>(host).text == "www.example.com");
    BOOST_TEST(std::get<HostName>(classify_host("Example.COM.")).text == "example.com.");
}

BOOST_AUTO_TEST_CASE(names_are_as_long_as_dns_lets_them_be) {
    const EgressPolicy policy;
    const std::string label(63, 'a');
    const std::string longest = label + '.' + label + '.' + label + '.' + std::string(61, 'a');
    BOOST_TEST_REQUIRE(longest.size() == 253U);
    BOOST_TEST(judge_host(policy, longest).reason == name);
    BOOST_TEST(judge_host(policy, longest + '.').reason == name);
    BOOST_TEST(judge_host(policy, longest + 'a').reason == "too_long");
    BOOST_TEST(judge_host(policy, label).reason == name);
    BOOST_TEST(judge_host(policy, label + 'a').reason == "too_long");
    BOOST_TEST(judge_host(policy, label + "a.example").reason == "too_long");
    BOOST_TEST(judge_host(policy, "example." + label + 'a').reason == "too_long");
    BOOST_TEST(judge_host(policy, std::string(100'000, '1')).reason == "too_long");
    BOOST_TEST(judge_host(policy, "[" + std::string(100'000, ':') + "]").reason == "bad_ipv6");
}

BOOST_AUTO_TEST_CASE(allow_networks_open_what_they_hold_and_nothing_else) {
    const EgressPolicy policy({"10.1.0.0/16", "fd12::/16", "::1/128"});
    BOOST_TEST(reason(policy, "10.0.255.255") == "private");
    BOOST_TEST(reason(policy, "10.1.0.0") == "allow_networks");
    BOOST_TEST(reason(policy, "10.1.255.255") == "allow_networks");
    BOOST_TEST(reason(policy, "10.2.0.0") == "private");
    BOOST_TEST(reason(policy, "fd11:ffff:ffff:ffff:ffff:ffff:ffff:ffff") == "unique_local");
    BOOST_TEST(reason(policy, "fd12::") == "allow_networks");
    BOOST_TEST(reason(policy, "fd12:ffff:ffff:ffff:ffff:ffff:ffff:ffff") == "allow_networks");
    BOOST_TEST(reason(policy, "fd13::") == "unique_local");
    BOOST_TEST(reason(policy, "::1") == "allow_networks");
    BOOST_TEST(reason(policy, "::2") == "ipv4_compatible");
    BOOST_TEST(reason(policy, "127.0.0.1") == "loopback");
    BOOST_TEST(reason(policy, "8.8.8.8") == "public");
    BOOST_TEST(policy.allows(ip::make_address("10.1.2.3")));
}

BOOST_AUTO_TEST_CASE(deny_networks_close_public_addresses) {
    const EgressPolicy policy({}, {"8.8.8.0/24", "2606:4700::/32"});
    BOOST_TEST(reason(policy, "8.8.7.255") == "public");
    BOOST_TEST(reason(policy, "8.8.8.0") == "deny_networks");
    BOOST_TEST(reason(policy, "8.8.8.255") == "deny_networks");
    BOOST_TEST(reason(policy, "8.8.9.0") == "public");
    BOOST_TEST(reason(policy, "2606:4700::1") == "deny_networks");
    BOOST_TEST(reason(policy, "2606:4701::1") == "public");
    BOOST_TEST(!policy.allows(ip::make_address("8.8.8.8")));
}

BOOST_AUTO_TEST_CASE(deny_networks_win_over_allow_networks) {
    const EgressPolicy inner_denied({"10.0.0.0/8"}, {"10.1.0.0/16"});
    BOOST_TEST(reason(inner_denied, "10.0.0.1") == "allow_networks");
    BOOST_TEST(reason(inner_denied, "10.1.0.1") == "deny_networks");

    const EgressPolicy outer_denied({"10.1.0.0/16"}, {"10.0.0.0/8"});
    BOOST_TEST(reason(outer_denied, "10.1.0.1") == "deny_networks");

    const EgressPolicy same({"10.0.0.0/8"}, {"10.0.0.0/8"});
    BOOST_TEST(!same.allows(ip::make_address("10.0.0.1")));
}

BOOST_AUTO_TEST_CASE(the_widest_networks_hold_their_family_and_not_the_other) {
    const EgressPolicy v4_open({"0.0.0.0/0"});
    BOOST_TEST(v4_open.allows(ip::make_address("127.0.0.1")));
    BOOST_TEST(v4_open.allows(ip::make_address("255.255.255.255")));
    BOOST_TEST(reason(v4_open, "::1") == "loopback");

    const EgressPolicy v6_open({"::/0"});
    BOOST_TEST(v6_open.allows(ip::make_address("::1")));
    BOOST_TEST(v6_open.allows(ip::make_address("ffff::")));
    BOOST_TEST(reason(v6_open, "127.0.0.1") == "loopback");

    const EgressPolicy closed({}, {"0.0.0.0/0", "::/0"});
    BOOST_TEST(!closed.allows(ip::make_address("8.8.8.8")));
    BOOST_TEST(!closed.allows(ip::make_address("2606:4700::1")));
}

BOOST_AUTO_TEST_CASE(single_addresses_can_be_listed) {
    const EgressPolicy policy({"10.0.0.7/32"}, {"2606:4700:4700::1111/128"});
    BOOST_TEST(reason(policy, "10.0.0.6") == "private");
    BOOST_TEST(reason(policy, "10.0.0.7") == "allow_networks");
    BOOST_TEST(reason(policy, "10.0.0.8") == "private");
    BOOST_TEST(reason(policy, "2606:4700:4700::1110") == "public");
    BOOST_TEST(reason(policy, "2606:4700:4700::1111") == "deny_networks");
    BOOST_TEST(reason(policy, "2606:4700:4700::1112") == "public");
}

BOOST_AUTO_TEST_CASE(nothing_opens_mapped_addresses_and_zones) {
    const EgressPolicy policy({"0.0.0.0/0", "::/0"});
    BOOST_TEST(reason(policy, "::ffff:10.0.0.1") == "ipv4_mapped");
    BOOST_TEST(reason(policy, "::ffff:8.8.8.8") == "ipv4_mapped");
    BOOST_TEST(reason(policy, "fe80::1") == "allow_networks");
    BOOST_TEST(reason(policy, "fe80::1%1") == "zone_id");
}

BOOST_AUTO_TEST_CASE(an_opened_nat64_prefix_leads_only_to_addresses_that_are_allowed_themselves) {
    const EgressPolicy policy({"64:ff9b::/96", "10.1.0.0/16"}, {"8.8.4.0/24"});
    BOOST_TEST(reason(policy, "64:ff9b::8.8.8.8") == "public");
    BOOST_TEST(reason(policy, "64:ff9b::8.8.4.4") == "deny_networks");
    BOOST_TEST(reason(policy, "64:ff9b::10.1.0.1") == "allow_networks");
    BOOST_TEST(reason(policy, "64:ff9b::10.2.0.1") == "private");
    BOOST_TEST(reason(policy, "64:ff9b::169.254.169.254") == "link_local");
    BOOST_TEST(reason(policy, "64:ff9b:1::8.8.8.8") == "nat64");
}

BOOST_AUTO_TEST_CASE(a_network_is_read_from_cidr_notation) {
    const Network v4 = parse_network("192.168.4.0/22");
    BOOST_TEST(v4.base == ip::make_address("192.168.4.0"));
    BOOST_TEST(v4.prefix_length == 22U);
    const Network v6 = parse_network("FD00:0:0::/33");
    BOOST_TEST(v6.base == ip::make_address("fd00::"));
    BOOST_TEST(v6.prefix_length == 33U);
}

BOOST_AUTO_TEST_CASE(a_wrong_network_is_refused_by_its_name) {
    const std::vector<std::string> wrong{
        "",
        "/",
        "/8",
        "10.0.0.0",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0.0/+8",
        "10.0.0.0/08",
        "10.0.0.0/8 ",
        " 10.0.0.0/8",
        "10.0.0.0 /8",
        "10.0.0.0/ 8",
        "10.0.0.0/8/8",
        "10.0.0.0/255.0.0.0",
        "10.0.0.0/a",
        "10.0.0.0/99999999999999999999",
        "10/8",
        "10.0.0/8",
        "010.0.0.0/8",
        "0xa.0.0.0/8",
        "256.0.0.0/8",
        "example.com/8",
        "::/129",
        "::/",
        "::",
        "fe80::%eth0/10",
        "fe80::%1/10",
        "[::1]/128",
        "1::2::3/64",
        "10.0.0.1/8",
        "10.0.0.1/31",
        "192.168.128.0/16",
        "0.0.0.1/0",
        "fd00::1/8",
        "fd00::/7",
        "::1/127",
        "::1/0",
    };
    for (const std::string& network : wrong) {
        const std::string message = complaint(network);
        BOOST_TEST(message.starts_with("\"" + network + "\" is not a network: "),
                   network << " gives: " << message);
        BOOST_CHECK_THROW(EgressPolicy({network}), std::invalid_argument);
    }
}

BOOST_AUTO_TEST_CASE(a_refusal_says_what_was_expected) {
    BOOST_TEST(complaint("10.1.2.3/8") ==
               "\"10.1.2.3/8\" is not a network: bits are set behind the prefix, expected \"10.0.0.0/8\"");
    BOOST_TEST(
        complaint("fd12:3456::1/32") ==
        "\"fd12:3456::1/32\" is not a network: bits are set behind the prefix, expected \"fd12:3456::/32\"");
    BOOST_TEST(complaint("10.0.0.0") ==
               "\"10.0.0.0\" is not a network: expected an address, \"/\" and a prefix length");
    BOOST_TEST(complaint("ten/8") ==
               "\"ten/8\" is not a network: expected an IPv4 or IPv6 address before \"/\"");
    BOOST_TEST(complaint("10.0.0.0/40") ==
               "\"10.0.0.0/40\" is not a network: expected a number from 0 to 32 after \"/\"");
    BOOST_TEST(complaint("::/129") ==
               "\"::/129\" is not a network: expected a number from 0 to 128 after \"/\"");
    BOOST_TEST(
        complaint("::ffff:10.0.0.0/104") ==
        "\"::ffff:10.0.0.0/104\" is not a network: IPv4-mapped addresses are always blocked, write the IPv4 "
        "network");
}

BOOST_AUTO_TEST_SUITE_END()
