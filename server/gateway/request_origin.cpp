#include "server/gateway/request_origin.hpp"

#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>
#include <boost/endian/conversion.hpp>

namespace gateway {

namespace asio = boost::asio;

namespace {

// Multicast in IPv6, so that no client's /64 looks like an IPv4 address.
constexpr ClientNetwork ipv4_prefix = 0xFFFF'FFFF'0000'0000U;

}  // namespace

ClientNetwork network_of(const asio::ip::address& address) {
    if (address.is_v4()) return ipv4_prefix | address.to_v4().to_uint();
    const auto v6 = address.to_v6();
    if (v6.is_v4_mapped()) return ipv4_prefix | asio::ip::make_address_v4(asio::ip::v4_mapped, v6).to_uint();
    return boost::endian::load_big_u64(v6.to_bytes().data());
}

}  // namespace gateway
