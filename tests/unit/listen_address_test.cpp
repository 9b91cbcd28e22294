#include "server/settings/listen_address.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace gateway {

BOOST_AUTO_TEST_SUITE(listen_address_test)

BOOST_AUTO_TEST_CASE(what_is_read_is_written_the_same_way) {
    for (const std::string text : {"http://127.0.0.1:8080", "http://0.0.0.0:0", "https://[::]:8443",
                                   "https://[fe80::1]:65535", "unix:/run/session-gateway.sock", "unix:/a"}) {
        const auto address = parse_listen_address(text);
        BOOST_TEST_REQUIRE(address.has_value(), text);
        BOOST_TEST(to_string(*address) == text);
        BOOST_TEST(address->tls == text.starts_with("https"));
    }
}

BOOST_AUTO_TEST_CASE(anything_else_is_refused) {
    const std::string long_path = "unix:/" + std::string(107, 'x');
    for (const std::string& text : std::vector<std::string>{"",
                                                            "127.0.0.1:8080",
                                                            "http:127.0.0.1:8080",
                                                            "HTTP://127.0.0.1:8080",
                                                            "ftp://127.0.0.1:21",
                                                            "http://127.0.0.1",
                                                            "http://127.0.0.1:",
                                                            "http://127.0.0.1:-1",
                                                            "http://127.0.0.1:65536",
                                                            "http://127.0.0.1:80x",
                                                            "http://127.0.0.1:8080/",
                                                            "http://localhost:8080",
                                                            "http://:8080",
                                                            "http://[127.0.0.1]:8080",
                                                            "http://::1:8080",
                                                            "http://[::1:8080",
                                                            "http://224.0.0.1:80",
                                                            "http://255.255.255.255:80",
                                                            "http://[ff02::1]:80",
                                                            "https://",
                                                            "unix:",
                                                            "unix:/",
                                                            "unix:run/x.sock",
                                                            "unix://run/x.sock" + std::string(100, 'x'),
                                                            long_path}) {
        BOOST_TEST(!parse_listen_address(text).has_value(), text);
    }
    BOOST_TEST(parse_listen_address(long_path.substr(0, long_path.size() - 1)).has_value());
}

BOOST_AUTO_TEST_CASE(exposed_is_plain_http_that_others_reach) {
    const auto exposed = [](const std::string& text) { return is_exposed(*parse_listen_address(text)); };
    BOOST_TEST(exposed("http://0.0.0.0:80"));
    BOOST_TEST(exposed("http://[2001:db8::1]:80"));
    BOOST_TEST(!exposed("http://127.0.0.1:80"));
    BOOST_TEST(!exposed("http://[::1]:80"));
    BOOST_TEST(!exposed("https://0.0.0.0:443"));
    BOOST_TEST(!exposed("unix:/run/x.sock"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway
