#include "server/gateway/request_origin.hpp"

#include <boost/test/unit_test.hpp>

#include <set>
#include <string>

namespace gateway::test {

namespace {

ClientNetwork network(const std::string& address) {
    return network_of(boost::asio::ip::make_address(address));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(request_origin_test)

BOOST_AUTO_TEST_CASE(the_addresses_of_one_64_are_one_client) {
    BOOST_TEST(network("2001:db8:1:2::1") == network("2001:db8:1:2:ffff:ffff:ffff:ffff"));
    BOOST_TEST(network("2001:db8:1:2::1") != network("2001:db8:1:3::1"));
}

BOOST_AUTO_TEST_CASE(each_ipv4_address_is_one_client_however_it_is_written) {
    BOOST_TEST(network("192.0.2.1") != network("192.0.2.2"));
    BOOST_TEST(network("192.0.2.1") == network("::ffff:192.0.2.1"));
}

BOOST_AUTO_TEST_CASE(no_two_kinds_of_address_are_taken_for_each_other) {
    const std::set<ClientNetwork> networks{network("::1"), network("0.0.0.0"), network("127.0.0.1"),
                                           network("::ffff:0.0.0.1"), network("fe80::1")};
    BOOST_TEST(networks.size() == 5U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
