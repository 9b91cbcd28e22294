#include "tests/support/outgoing_client.hpp"
#include "tests/support/receiver.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <chrono>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace gateway::outgoing {

using namespace std::chrono_literals;
using test::answer;
using test::ok;
using test::raw;
using test::Receiver;
using test::Reply;

BOOST_FIXTURE_TEST_SUITE(http_client_answers_test, test::OutgoingClient)

BOOST_AUTO_TEST_CASE(an_endless_body_is_cut_at_its_limit) {
    const std::string piece(5000, 'x');
    for (const auto& head : {ok("\r\n"), ok("Content-Length: 999999999999\r\n\r\n")}) {
        const Receiver receiver(test::endless(head, piece));
        const auto outcome = get(receiver.url());
        BOOST_REQUIRE(outcome.has_value());
        BOOST_TEST(outcome->truncated);
        BOOST_TEST(outcome->body.size() == 65'536);
        receiver.wait_for_closed(1);
    }
    for (const auto& options : {test::ReceiverOptions{}, secure({"127.0.0.1"})}) {
        const Receiver receiver(test::endless(ok("Transfer-Encoding: chunked\r\n\r\n"), "3;x=y\r\nabc\r\n"),
                                options);
        const auto outcome = get(receiver.url());
        BOOST_REQUIRE(outcome.has_value());
        BOOST_TEST(outcome->truncated);
        BOOST_TEST((outcome->body.size() > 10'000 && outcome->body.size() < 65'536));
        run_to_the_end();  // the farewell of TLS
        receiver.wait_for_closed(1);
    }
}

BOOST_AUTO_TEST_CASE(endless_headers_are_protocol) {
    for (const auto& [head, piece] :
         std::vector<std::pair<std::string, std::string>>{{ok(""), "X: " + std::string(500, 'y') + "\r\n"},
                                                          {ok("X: "), std::string(500, 'y')},
                                                          {"HTTP/1.1 200 ", std::string(500, 'y')},
                                                          {"", "HTTP/1.1 100 Continue\r\n\r\n"}}) {
        const Receiver receiver(test::endless(head, piece));
        BOOST_TEST(word(receiver.url()) == "protocol");
        receiver.wait_for_closed(1);
    }
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_answer_are_protocol) {
    for (const std::string& bytes : std::vector<std::string>{
             "\r\n", std::string(5000, '\0'), "SSH-2.0-OpenSSH_9.2\r\n", "220 mail ESMTP\r\n",
             "<html></html>", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/2 200\r\n\r\n", "HTTP/1.1 20", ok(""),
             ok("X"), ok("Content-Length: 10\r\n\r\nshort"), ok("Content-Length: -1\r\n\r\n"),
             ok("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
             ok("Transfer-Encoding: chunked\r\n\r\n0\r\n\r"), ok("Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
             ok("Transfer-Encoding: gzip\r\n\r\nxx"), "HTTP/1.1 101 Switching Protocols\r\n\r\n"}) {
        const Receiver at_once(raw(bytes));
        const Receiver in_drops(test::drip(bytes, 0ms));
        BOOST_TEST_CONTEXT(bytes.substr(0, 60)) {
            BOOST_TEST(word(at_once.url()) == "protocol");
            BOOST_TEST(word(in_drops.url()) == "protocol");
        }
    }
}

BOOST_AUTO_TEST_CASE(closing_early_and_a_reset_are_protocol) {
    for (const auto& options : {test::ReceiverOptions{}, secure({"127.0.0.1"})}) {
        const Receiver closing(test::close_early(), options);
        BOOST_TEST(word(closing.url()) == "protocol");
        BOOST_TEST(closing.connections() == 1U);  // a new connection gets no second chance
        const Receiver resetting(test::reset(), options);
        BOOST_TEST(word(resetting.url()) == "protocol");
        const Receiver in_between(raw(ok("Content-Length: 10\r\n\r\nshort"), Reply::End::reset), options);
        BOOST_TEST(word(in_between.url()) == "protocol");
    }
}

BOOST_AUTO_TEST_CASE(interim_answers_are_skipped) {
    const Receiver receiver(raw("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" +
                                ok("Content-Length: 2\r\n\r\nhi")));
    const auto outcome = get(receiver.url());
    BOOST_REQUIRE(outcome.has_value());
    BOOST_TEST(outcome->status == 200U);
    BOOST_TEST(outcome->body == "hi");
}

BOOST_AUTO_TEST_CASE(a_redirect_is_an_answer_like_any_other) {
    const Receiver target(answer(200));
    const Receiver receiver(answer(302, "there", {{"Location", target.url()}}));
    const auto outcome = get(receiver.url());
    BOOST_REQUIRE(outcome.has_value());
    BOOST_TEST(outcome->status == 302U);
    BOOST_TEST(outcome->body == "there");
    BOOST_TEST(word(target.url()) == "200");
    BOOST_TEST(target.connections() == 1U);
}

BOOST_AUTO_TEST_CASE(a_packed_body_is_not_unpacked) {
    const std::string packed("\x1f\x8b\x08\x00\x00\x00\x00\x00", 8);
    const Receiver receiver(answer(200, packed, {{"Content-Encoding", "gzip"}}));
    const auto outcome = get(receiver.url());
    BOOST_REQUIRE(outcome.has_value());
    BOOST_TEST((outcome->body == packed));
}

BOOST_AUTO_TEST_CASE(proxies_of_the_environment_are_not_asked) {
    const Receiver proxy(answer(200));
    const Receiver receiver(answer(204));
    constexpr std::array names{"http_proxy",  "HTTP_PROXY", "https_proxy",
                               "HTTPS_PROXY", "all_proxy",  "ALL_PROXY"};
    for (const char* name : names)
        setenv(name, proxy.url().c_str(), 1);
    BOOST_TEST(word(receiver.url()) == "204");
    for (const char* name : names)
        unsetenv(name);
    BOOST_TEST(word(proxy.url()) == "200");
    BOOST_TEST(proxy.connections() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::outgoing
