#include "tests/support/outgoing_client.hpp"
#include "tests/support/receiver.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

namespace gateway::outgoing {

using namespace std::chrono_literals;
using test::answer;
using test::ok;
using test::ReceivedRequest;
using test::Receiver;

BOOST_FIXTURE_TEST_SUITE(http_client_test, test::OutgoingClient)

BOOST_AUTO_TEST_CASE(a_request_arrives_as_it_was_given_and_its_answer_comes_back) {
    const Receiver receiver(answer(201, "thanks", {{"Retry-After", "7"}}));
    use({.user_agent = "session-gateway/1.2.3", .response = {}, .pool = {}});
    OutgoingRequest request;
    request.verb = http::verb::post;
    request.url = receiver.url("/hook?a=b%20c");
    request.headers = {{"Content-Type", "application/json"}};
    request.body = std::string(200'000, 'x');
    const auto outcome = send(request);

    BOOST_REQUIRE(outcome.has_value());
    BOOST_TEST(outcome->status == 201U);
    BOOST_TEST(outcome->body == "thanks");
    BOOST_TEST(!outcome->truncated);
    BOOST_TEST(outcome->retry_after.value_or("") == "7");
    const auto seen = receiver.requests().at(0);
    BOOST_TEST(seen.method == "POST");
    BOOST_TEST(seen.target == "/hook?a=b%20c");
    BOOST_TEST(seen.header("Host") == "127.0.0.1:" + std::to_string(receiver.port()));
    BOOST_TEST(seen.header("User-Agent") == "session-gateway/1.2.3");
    BOOST_TEST(seen.header("Accept-Encoding") == "identity");
    BOOST_TEST(seen.header("Content-Type") == "application/json");
    BOOST_TEST((seen.body == request.body));
}

BOOST_AUTO_TEST_CASE(ipv6_is_spoken_too) {
    test::ReceiverOptions options = secure({"::1"});
    options.address = "::1";
    const Receiver receiver(answer(200), options);
    BOOST_TEST(word(receiver.url("/", "[::1]")) == "200");
    BOOST_TEST(receiver.requests().at(0).header("Host") == "[::1]:" + std::to_string(receiver.port()));
}

BOOST_AUTO_TEST_CASE(a_closed_port_is_connect) {
    BOOST_TEST(word(test::ClosedPort().url()) == "connect");
}

BOOST_AUTO_TEST_CASE(a_black_hole_is_timeout) {
    check_timeout(test::BlackHole().url());
}

BOOST_AUTO_TEST_CASE(an_unknown_name_is_dns) {
    BOOST_TEST(word("http://unknown.test/") == "dns");
}

BOOST_AUTO_TEST_CASE(no_name_is_looked_up_for_an_address) {
    const Receiver receiver(answer(200));
    BOOST_TEST(word(receiver.url()) == "200");
    BOOST_TEST(resolver.look_ups == 0);
}

BOOST_AUTO_TEST_CASE(what_the_policy_blocks_is_not_connected_to) {
    const Receiver receiver(answer(200));
    resolver.add("mixed.test", {"127.0.0.1", "10.0.0.1"});
    const EgressPolicy closed;
    const HttpClient::Dependencies parts{closed, resolver, tls};
    client.emplace(context, parts);
    BOOST_TEST(word(receiver.url()) == "blocked_address");
    BOOST_TEST(word(receiver.url("/", "receiver.test")) == "blocked_address");
    BOOST_TEST(word(receiver.url("/", "127.1")) == "blocked_address");
    BOOST_TEST(word(receiver.url("/", "2130706433")) == "blocked_address");
    BOOST_TEST(word(receiver.url("/", "[::ffff:127.0.0.1]")) == "blocked_address");
    use({});
    BOOST_TEST(word(receiver.url("/", "mixed.test")) == "blocked_address");

    // Connections are accepted in their order, so that an earlier one would be counted by now.
    BOOST_TEST(word(receiver.url()) == "200");
    BOOST_TEST(receiver.connections() == 1U);
}

BOOST_AUTO_TEST_CASE(a_name_that_turns_to_a_blocked_address_is_not_followed) {
    const Receiver receiver(answer(200, "", {{"Connection", "close"}}));
    resolver.add("rebind.test", {"127.0.0.1"});
    resolver.add("rebind.test", {"169.254.169.254"});
    const auto url = receiver.url("/", "rebind.test");
    BOOST_TEST(word(url) == "200");
    BOOST_TEST(resolver.look_ups == 1);
    BOOST_TEST(word(url) == "blocked_address");
    BOOST_TEST(resolver.look_ups == 2);
}

BOOST_AUTO_TEST_CASE(a_stale_connection_is_no_way_round_the_policy) {
    const auto once = [](const ReceivedRequest& request) {
        return request.target == "/first" ? answer(200) : test::close_early();
    };
    const Receiver receiver(once);
    resolver.add("rebind.test", {"127.0.0.1"});
    resolver.add("rebind.test", {"169.254.169.254"});
    BOOST_TEST(word(receiver.url("/first", "rebind.test")) == "200");
    BOOST_TEST(word(receiver.url("/second", "rebind.test")) == "blocked_address");
    BOOST_TEST(receiver.connections() == 1U);
}

BOOST_AUTO_TEST_CASE(an_address_that_refuses_leaves_its_turn_to_the_next) {
    const Receiver receiver(answer(200));
    resolver.add("several.test", {"127.0.0.2", "::1", "127.0.0.1"});
    BOOST_TEST(word(receiver.url("/", "several.test")) == "200");
}

BOOST_AUTO_TEST_CASE(no_further_address_is_tried_once_a_receiver_has_answered) {
    const Receiver receiver(answer(200));
    resolver.add("several.test", {"127.0.0.1", "127.0.0.2"});
    BOOST_TEST(word(receiver.url("/", "several.test")) == "200");
    BOOST_TEST(word(receiver.url("/", "several.test").replace(0, 4, "https")) == "tls");
}

BOOST_AUTO_TEST_CASE(an_address_that_never_answers_leaves_the_next_its_share_of_the_time) {
    const Receiver receiver(answer(200));
    const test::BlackHole hole("127.0.0.2", receiver.port());
    resolver.add("several.test", {"127.0.0.2", "127.0.0.1"});
    BOOST_TEST(word(receiver.url("/", "several.test"), 2s) == "200");
    resolver.add("refused.test", {"127.0.0.2", "127.0.0.3"});
    BOOST_TEST(word(receiver.url("/", "refused.test"), 200ms) == "connect");
    resolver.add("silent.test", {"127.0.0.3", "127.0.0.2"});
    BOOST_TEST(word(receiver.url("/", "silent.test"), 200ms) == "timeout");
}

BOOST_AUTO_TEST_CASE(a_url_that_is_none_of_ours_is_blocked) {
    for (const std::string& url :
         std::vector<std::string>{"", "ftp://receiver.test/", "http://u:p@receiver.test/"}) {
        BOOST_TEST(word(url) == "blocked_address");
    }
}

BOOST_AUTO_TEST_CASE(a_header_that_would_leave_its_line_is_a_mistake_of_the_caller) {
    OutgoingRequest request;
    request.url = "http://receiver.test/";
    request.headers = {{"X", "a\r\nY: b"}};
    BOOST_CHECK_THROW(send(request), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(a_receiver_that_never_answers_is_timeout) {
    const Receiver receiver(test::silence());
    check_timeout(receiver.url());
}

BOOST_AUTO_TEST_CASE(a_handshake_that_never_ends_is_timeout) {
    const Receiver receiver(answer(200));  // waits for a request of its own
    asio::io_context other;
    const asio::ip::tcp::endpoint any(asio::ip::address_v4::loopback(), 0);
    const asio::ip::tcp::acceptor silent(other, any);
    check_timeout("https://127.0.0.1:" + std::to_string(silent.local_endpoint().port()) + "/");
}

BOOST_AUTO_TEST_CASE(a_slow_drip_is_cut_off_wherever_it_drips) {
    const std::string slow(1000, 'x');
    for (const std::string& bytes :
         {"HTTP/1.1 200 " + slow, ok("X: " + slow), ok("Content-Length: 1000\r\n\r\n" + slow),
          ok("\r\n" + slow), ok("Transfer-Encoding: chunked\r\n\r\n5;" + slow)}) {
        const Receiver receiver(test::drip(bytes, 5ms));
        BOOST_TEST_CONTEXT(bytes.substr(0, 60)) {
            check_timeout(receiver.url());
        }
    }
    const Receiver receiver(test::drip(ok("Content-Length: 1000\r\n\r\n" + slow), 5ms),
                            secure({"127.0.0.1"}));
    check_timeout(receiver.url());
}

BOOST_AUTO_TEST_CASE(a_deadline_in_the_past_is_timeout) {
    const Receiver receiver(test::silence());
    BOOST_TEST(word(receiver.url(), -1s) == "timeout");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::outgoing
