// Receivers of every kind, and what is noted of each.
#include "tests/support/delivery_fixture.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>
#include <openssl/ssl.h>

#include <array>
#include <memory>
#include <thread>
#include <utility>

namespace gateway::test {

namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Answers as soon as a request begins, and reads the rest then.
class HastyReceiver {
  public:
    HastyReceiver() : thread_([this] { run(); }) {}

    ~HastyReceiver() { thread_.join(); }

    HastyReceiver(const HastyReceiver&) = delete;
    HastyReceiver& operator=(const HastyReceiver&) = delete;

    [[nodiscard]] std::string url() const {
        return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) + "/";
    }

  private:
    void run() {
        auto socket = acceptor_.accept();
        std::array<char, 1> byte{};
        boost::asio::read(socket, boost::asio::buffer(byte));
        const std::string reply = "HTTP/1.1 413 Too much\r\nContent-Length: 0\r\n\r\n";
        boost::asio::write(socket, boost::asio::buffer(reply));
        boost::system::error_code end;
        std::array<char, 4'096> rest{};
        while (!end)
            socket.read_some(boost::asio::buffer(rest), end);
    }

    boost::asio::io_context context_;
    boost::asio::ip::tcp::acceptor acceptor_{context_, {boost::asio::ip::address_v4::loopback(), 0}};
    std::thread thread_;
};

/// One attempt at each receiver.
struct Attempts : DeliveryFixture {
    std::vector<std::unique_ptr<Receiver>> receivers;
    Numbers webhooks;
    std::vector<std::string> expected;

    Attempts() {
        settings.first_retry = settings.longest_retry = hours(1);
        settings.timeout = seconds(2);
    }

    void expect(const std::string& url, const std::string& outcome) {
        webhooks.push_back(add_webhook(url));
        expected.push_back(outcome);
    }

    void expect(const Reply& reply, const std::string& outcome, const ReceiverOptions& options = {},
                const std::string& host = "127.0.0.1") {
        receivers.push_back(std::make_unique<Receiver>(reply, options));
        expect(receivers.back()->url("/", host), outcome);
    }

    /// Delivers an event to all of them, and to one where all is well.
    void check() {
        const Receiver good(answer(200));
        expect(good.url(), "delivered");
        start();
        publish(webhooks);
        wait_for("SELECT count(*) FROM attempts", std::to_string(webhooks.size()));
        for (std::size_t i = 0; i < webhooks.size(); ++i) {
            BOOST_TEST_CONTEXT("receiver " << i) {
                const auto number = std::to_string(webhooks[i]);
                BOOST_TEST(ask("SELECT outcome FROM attempts WHERE webhook = " + number) == expected[i]);
                const std::string state =
                    expected[i] == "delivered" ? "delivered|NULL" : "pending|" + expected[i];
                BOOST_TEST(ask("SELECT state, last_failure FROM deliveries WHERE webhook = " + number) ==
                           state);
            }
        }
        stop();
    }
};

Reply plain(const std::string& head, const std::string& rest = {}) {
    return raw("HTTP/1.1 " + head + "\r\n" + rest + "\r\n");
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(delivery_receivers_test, Attempts)

BOOST_AUTO_TEST_CASE(those_that_cannot_be_reached) {
    const ClosedPort closed;
    const BlackHole hole;
    expect(closed.url(), "connect");
    expect(hole.url(), "timeout");
    expect("http://nowhere.test/", "dns");
    expect("http://10.0.0.1/", "blocked_address");
    expect("not a url", "blocked_address");
    check();
    BOOST_TEST(ask("SELECT DISTINCT last_http_code FROM webhook_health WHERE webhook < 7") == "0");
    BOOST_TEST(ask("SELECT count(*) FROM webhook_health WHERE batch_events NOT NULL") == "0");
}

BOOST_AUTO_TEST_CASE(those_that_do_not_answer_properly) {
    expect(reset(), "protocol");
    expect(close_early(), "protocol");
    expect(silence(), "timeout");
    expect(drip("HTTP/1.1 200 OK\r\n" + std::string(1'000, 'x'), milliseconds(100)), "timeout");
    expect(raw("what do you want?\r\n\r\n"), "protocol");
    expect(raw("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"), "protocol");
    expect(endless("HTTP/1.1 200 OK\r\n", "A-Header: of-many\r\n"), "protocol");
    expect(endless({}, "HTTP/1.1 100 Continue\r\n\r\n"), "protocol");
    check();
    // What may have come of too large a batch, and here it was of one event.
    BOOST_TEST(ask("SELECT webhook FROM deliveries WHERE alone ORDER BY webhook") == "4\n5");
}

BOOST_AUTO_TEST_CASE(those_that_answer_otherwise_than_with_200) {
    expect(plain("204 No Content"), "http_status");
    expect(plain("202 Accepted", "Content-Length: 0\r\n"), "http_status");
    expect(plain("302 Found", "Location: http://127.0.0.1/\r\nContent-Length: 0\r\n"), "http_status");
    expect(plain("410 Gone", "Content-Length: 0\r\n"), "http_status");
    expect(plain("429 Slowly", "Retry-After: 3155760000\r\nContent-Length: 0\r\n"), "http_status");
    expect(plain("500 Oh", "Content-Length: 0\r\n"), "http_status");
    expect(raw("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), "delivered");
    expect(endless("HTTP/1.1 200 OK\r\n\r\n", std::string(1'000, 'x')), "delivered");
    check();
    BOOST_TEST(ask("SELECT group_concat(last_http_code, ' ') FROM webhook_health ORDER BY webhook") ==
               "204 202 302 410 429 500 200 200 200");
    for (const auto& receiver : receivers)
        BOOST_TEST(receiver->requests().size() == 1U);
    BOOST_TEST(ask("SELECT number FROM webhooks WHERE NOT active AND number > 1") == "5");
}

BOOST_AUTO_TEST_CASE(one_that_answers_before_it_has_read_the_body) {
    const HastyReceiver hasty;
    start();
    publish({add_webhook(hasty.url())}, 1,
            R"({"a":")" + std::string(std::size_t{20} * 1024 * 1024, 'x') + R"("})");
    wait_for("SELECT outcome, http_code FROM attempts", "http_status|413");
    stop();
}

BOOST_AUTO_TEST_CASE(those_that_speak_tls_as_they_should_not) {
    const CertificateAuthority nobody;
    const auto ok = answer(200);
    expect(ok, "delivered", {.identity = authority.issue({"receiver.test"})}, "receiver.test");
    expect(ok, "tls", {.identity = authority.issue({"another.test"})}, "receiver.test");
    expect(ok, "tls", {.identity = nobody.issue({"receiver.test"})}, "receiver.test");
    expect(ok, "tls", {.identity = authority.issue({"receiver.test"}, Validity::expired)}, "receiver.test");
    expect(ok, "tls", {.identity = authority.issue({"receiver.test"}, Validity::future)}, "receiver.test");
    expect(ok, "tls", {.identity = authority.issue({"receiver.test"}), .newest_tls = TLS1_1_VERSION},
           "receiver.test");
    const Receiver without(ok);
    expect("https://receiver.test:" + std::to_string(without.port()) + "/", "tls");
    const Receiver with(ok, {.identity = authority.issue({"receiver.test"})});
    expect("http://receiver.test:" + std::to_string(with.port()) + "/", "protocol");
    check();
    for (std::size_t i = 1; i < receivers.size(); ++i)
        BOOST_TEST(receivers[i]->requests().empty());
}

BOOST_AUTO_TEST_CASE(a_name_that_moves_to_a_blocked_address) {
    resolver.add("moving.test", {"127.0.0.1"});
    resolver.add("moving.test", {"10.0.0.1"});
    const Receiver receiver(plain("503 Later", "Content-Length: 0\r\n"));
    settings.first_retry = milliseconds(20);
    const auto webhook = add_webhook(receiver.url("/", "moving.test"));
    start();
    publish({webhook});
    wait_for("SELECT count(*) >= 2 FROM attempts", "1");
    BOOST_TEST(
        ask("SELECT group_concat(outcome, ' ') FROM (SELECT * FROM attempts ORDER BY number LIMIT 2)") ==
        "http_status blocked_address");
    BOOST_TEST(receiver.requests().size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
