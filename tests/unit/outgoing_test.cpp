#include "server/outgoing/outgoing.hpp"

#include <boost/test/unit_test.hpp>

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

BOOST_AUTO_TEST_SUITE(outgoing_test)

namespace {

using gateway::outgoing::Destination;
using gateway::outgoing::host_header;
using gateway::outgoing::OutgoingRequest;
using gateway::outgoing::parse_destination;
using gateway::outgoing::to_bytes;
namespace http = boost::beast::http;

// E.g. "tls example.com:443 /path, Host: example.com", or why it was refused.
std::string read(const std::string_view url) {
    const auto destination = parse_destination(url);
    if (!destination) {
        return std::string(to_string(destination.error().failure)) + ": " + destination.error().detail;
    }
    const auto& [tls, host, port] = destination->origin;
    return (tls ? "tls " : "plain ") + host + ":" + std::to_string(port) + " " + destination->target +
           ", Host: " + host_header(destination->origin);
}

std::string bytes_of(const OutgoingRequest& request) {
    return to_bytes(request, parse_destination(request.url).value(), "session-gateway/1.2.3");
}

OutgoingRequest with_header(const std::string& name, const std::string& value) {
    OutgoingRequest request;
    request.url = "https://example.com/";
    request.headers = {{name, value}};
    return request;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_url_gives_where_to_connect_and_what_to_ask_for) {
    BOOST_TEST(read("https://example.com") == "tls example.com:443 /, Host: example.com");
    BOOST_TEST(read("https://example.com/") == "tls example.com:443 /, Host: example.com");
    BOOST_TEST(read("http://example.com/a?b=c") == "plain example.com:80 /a?b=c, Host: example.com");
    BOOST_TEST(read("https://example.com?q=1") == "tls example.com:443 /?q=1, Host: example.com");
    BOOST_TEST(read("https://example.com/a?") == "tls example.com:443 /a?, Host: example.com");
    BOOST_TEST(read("https://example.com/#part") == "tls example.com:443 /, Host: example.com");
    BOOST_TEST(read("https://example.com:8443/a") == "tls example.com:8443 /a, Host: example.com:8443");
    BOOST_TEST(read("https://example.com:443/a") == "tls example.com:443 /a, Host: example.com");
    BOOST_TEST(read("https://example.com:80/a") == "tls example.com:80 /a, Host: example.com:80");
    BOOST_TEST(read("https://example.com:/a") == "tls example.com:443 /a, Host: example.com");
    BOOST_TEST(read("HTTPS://EXAMPLE.com/A") == "tls example.com:443 /A, Host: example.com");
    BOOST_TEST(read("https://[::1]/a") == "tls [::1]:443 /a, Host: [::1]");
    BOOST_TEST(read("http://[::1]:81/a") == "plain [::1]:81 /a, Host: [::1]:81");
    BOOST_TEST(read("https://192.0.2.1.example:81/a") ==
               "tls 192.0.2.1.example:81 /a, Host: 192.0.2.1.example:81");
    BOOST_TEST(read("https://192.0.2.1.example") == "tls 192.0.2.1.example:443 /, Host: 192.0.2.1.example");
    BOOST_TEST(read("https://example.com/a:b@c?d/e:f") ==
               "tls example.com:443 /a:b@c?d/e:f, Host: example.com");
    BOOST_TEST(read("https://example.com/a%2Fb/../c%20d//e?x=%0d%0a") ==
               "tls example.com:443 /a%2Fb/../c%20d//e?x=%0d%0a, Host: example.com");
}

BOOST_AUTO_TEST_CASE(what_is_no_url_of_a_receiver_is_refused) {
    for (const std::string_view url : {"",
                                       "example.com",
                                       "/path",
                                       "//example.com/",
                                       "ftp://example.com/",
                                       "file:///etc/passwd",
                                       "https:",
                                       "https:/a",
                                       "https://",
                                       "https:///path",
                                       "https://:443/",
                                       "https://user@example.com/",
                                       "https://user:pass@example.com/",
                                       "https://@example.com/",
                                       "https://192.0.2.1.example@example.com/",
                                       "https://example.com:80x/",
                                       "https://example.com:0/",
                                       "https://example.com:65536/",
                                       "https://example.com:99999999999/",
                                       "https://example.com:-1/",
                                       "https://example.com/a b",
                                       "https://example.com/\r\nHost: other",
                                       "https://example.com\r\n/",
                                       "https://exa mple.com/",
                                       "https://example.com/\xC3\xA4",
                                       "https://[::1/"}) {
        BOOST_TEST_CONTEXT(url) {
            BOOST_TEST(read(url).substr(0, 23) == "blocked_address: the ur");
        }
    }
}

BOOST_AUTO_TEST_CASE(a_request_is_written_as_it_stands) {
    OutgoingRequest get;
    get.url = "https://example.com:8443/hook?a=b";
    BOOST_TEST(bytes_of(get) ==
               "GET /hook?a=b HTTP/1.1\r\n"
               "Host: example.com:8443\r\n"
               "User-Agent: session-gateway/1.2.3\r\n"
               "Accept-Encoding: identity\r\n"
               "\r\n");

    OutgoingRequest post;
    post.verb = http::verb::post;
    post.url = "http://example.com/hook";
    post.headers = {{"Content-Type", "application/json"}, {"X-Empty", ""}};
    post.body = "{}\r\n";
    BOOST_TEST(bytes_of(post) ==
               "POST /hook HTTP/1.1\r\n"
               "Host: example.com\r\n"
               "User-Agent: session-gateway/1.2.3\r\n"
               "Accept-Encoding: identity\r\n"
               "Content-Type: application/json\r\n"
               "X-Empty: \r\n"
               "Content-Length: 4\r\n"
               "\r\n"
               "{}\r\n");

    post.body.clear();
    BOOST_TEST(bytes_of(post).ends_with("Content-Length: 0\r\n\r\n"));
}

BOOST_AUTO_TEST_CASE(no_header_gets_out_of_its_line) {
    for (const std::string& value :
         std::vector<std::string>{"a\r\nX: b", "a\nb", "a\rb", std::string("a\0b", 3), "\x7F"}) {
        BOOST_CHECK_THROW(bytes_of(with_header("X", value)), std::invalid_argument);
    }
    for (const std::string& name :
         std::vector<std::string>{"", "a b", "a:", "a\r\n", "\xC3\xA4", std::string("a\0", 2)}) {
        BOOST_CHECK_THROW(bytes_of(with_header(name, "x")), std::invalid_argument);
    }
}

BOOST_AUTO_TEST_CASE(the_headers_that_the_client_writes_cannot_be_given) {
    for (const std::string& name :
         std::vector<std::string>{"Host", "HOST", "content-length", "Transfer-Encoding", "connection",
                                  "Accept-Encoding", "User-Agent", "Upgrade", "Expect"}) {
        BOOST_CHECK_THROW(bytes_of(with_header(name, "x")), std::invalid_argument);
    }
}

BOOST_AUTO_TEST_SUITE_END()
