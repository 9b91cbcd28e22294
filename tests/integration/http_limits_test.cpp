// Clients that are slow, silent, or too many.

#include "tests/support/test_server.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <utility>

namespace gateway::test {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// A limit that a test waits for, and one that no test reaches.
constexpr milliseconds brief{200};
constexpr seconds endless{3'600};

Settings patient() {
    Settings settings;
    settings.server.header_timeout = endless;
    settings.server.body_timeout = endless;
    settings.server.idle_timeout = endless;
    settings.server.write_timeout = endless;
    return settings;
}

/// Patient but for one limit.
Settings brief_in(milliseconds ServerSettings::*const limit) {
    auto settings = patient();
    settings.server.*limit = brief;
    return settings;
}

void check_timed_out(HttpClient& client, const std::string_view message) {
    const auto answer = client.receive();
    BOOST_TEST(answer.status == 408);
    BOOST_TEST(answer.code() == "request_timeout");
    BOOST_TEST(answer.body.at("status").as_string() == "request_timeout");
    BOOST_TEST(answer.message() == message);
    BOOST_TEST(answer.header("Connection") == "close");
    client.finish_sending();
    BOOST_TEST(client.receive_until_closed().empty());
}

constexpr std::string_view late_header = "The request's headers did not arrive in time.";
constexpr std::string_view late_body = "The request's body did not arrive in time.";
constexpr std::string_view good_request = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";

}  // namespace

BOOST_AUTO_TEST_SUITE(http_limits_test)

BOOST_AUTO_TEST_CASE(a_header_that_stops_half_way_is_408) {
    const TestServer server(brief_in(&ServerSettings::header_timeout));
    auto client = server.connect();
    client.send("G");
    check_timed_out(client, late_header);
}

BOOST_AUTO_TEST_CASE(the_header_of_a_later_request_has_its_limit_too) {
    const TestServer server(brief_in(&ServerSettings::header_timeout));
    auto client = server.connect();
    client.send(std::string(good_request) + "GET /healthz");
    BOOST_TEST(client.receive().status == 200);
    check_timed_out(client, late_header);
}

BOOST_AUTO_TEST_CASE(a_body_that_stops_half_way_is_408) {
    const TestServer server(brief_in(&ServerSettings::body_timeout));
    for (const std::string framing :
         {"Content-Length: 3\r\n\r\nab", "Transfer-Encoding: chunked\r\n\r\n3\r\nab",
          "Content-Length: 3\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n0\r\n"}) {
        auto client = server.connect();
        client.send("GET /healthz HTTP/1.1\r\nHost: x\r\n" + framing);
        check_timed_out(client, late_body);
    }
}

BOOST_AUTO_TEST_CASE(a_client_that_never_sends_the_body_it_was_asked_for_is_408) {
    const TestServer server(brief_in(&ServerSettings::body_timeout));
    auto client = server.connect();
    client.send("GET /healthz HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    BOOST_TEST(client.receive().status == 100);
    check_timed_out(client, late_body);
}

/// Each byte would begin a new limit if the limits were for reads and not for requests.
BOOST_AUTO_TEST_CASE(a_request_that_drips_in_is_cut_off) {
    constexpr milliseconds pause{20};
    const std::pair<milliseconds ServerSettings::*, std::string> drips[] = {
        {&ServerSettings::header_timeout, "X: "},
        {&ServerSettings::body_timeout, "Content-Length: 60000\r\n\r\n"},
        {&ServerSettings::body_timeout, "Transfer-Encoding: chunked\r\n\r\n5000\r\n"},
    };
    for (const auto& [limit, lines] : drips) {
        const TestServer server(brief_in(limit));
        auto client = server.connect();
        client.send("GET /healthz HTTP/1.1\r\nHost: x\r\n" + lines);
        const std::string bytes(5'000, 'x');
        BOOST_TEST(client.drip(bytes, pause) < bytes.size());
        BOOST_TEST(client.receive().status == 408);
    }
}

BOOST_AUTO_TEST_CASE(a_silent_connection_is_closed_without_a_word) {
    const TestServer server(brief_in(&ServerSettings::idle_timeout));
    auto never_used = server.connect();
    auto used = server.connect();
    BOOST_TEST(used.request("GET", "/healthz").status == 200);
    BOOST_TEST(never_used.receive_until_closed().empty());
    BOOST_TEST(used.receive_until_closed().empty());
}

BOOST_AUTO_TEST_CASE(a_client_that_does_not_take_its_answers_is_dropped) {
    TestApi api(brief_in(&ServerSettings::write_timeout));
    constexpr int webhooks = 100;
    constexpr int requests = 1'000;  // 30 MB of answers: more than the system buffers
    constexpr int small_buffer = 4'096;
    for (int i = 0; i < webhooks; ++i)
        api.server.create_webhook(api.app);
    HttpClient greedy(api.server.port(), small_buffer);
    const auto list = request_text("GET", api.webhooks_path(), {api.token.text, {}, {}});
    std::string all;
    for (int i = 0; i < requests; ++i)
        all += list;
    greedy.send(all);
    greedy.wait_until_gone();
    BOOST_TEST(api.get_webhook().status == 200);
}

BOOST_AUTO_TEST_CASE(of_a_flood_of_connections_over_the_limit_some_are_told_and_the_others_closed) {
    auto settings = patient();
    settings.server.max_connections = 1;
    const TestServer server(settings);
    auto welcome = server.connect();
    BOOST_TEST(welcome.request("GET", "/healthz").status == 200);

    // More than are told why within the second that one of them may stay.
    constexpr std::size_t connections = 400;
    std::vector<HttpClient> flood;
    flood.reserve(connections);
    while (flood.size() < connections)
        flood.push_back(server.connect());
    std::size_t told = 0;
    for (auto& client : flood) {
        const auto text = client.receive_until_closed();
        if (text.starts_with("HTTP/1.1 503 ")) ++told;
        BOOST_TEST((text.empty() || text.starts_with("HTTP/1.1 503 ")), text);
    }
    BOOST_TEST(told > 0U);
    BOOST_TEST(told < connections);
    BOOST_TEST(welcome.request("GET", "/healthz").status == 200);
}

BOOST_AUTO_TEST_CASE(one_connection_too_many_is_503_until_another_closes) {
    auto settings = patient();
    settings.server.max_connections = 2;
    const TestServer server(settings);
    auto first = server.connect();
    auto second = std::make_unique<HttpClient>(server.connect());
    BOOST_TEST(first.request("GET", "/healthz").status == 200);
    BOOST_TEST(second->request("GET", "/healthz").status == 200);

    auto third = server.connect();
    const auto answer = third.receive();  // it is told without having asked
    BOOST_TEST(answer.status == 503);
    BOOST_TEST(answer.code() == "overloaded");
    BOOST_TEST(answer.body.at("status").as_string() == "unavailable");
    BOOST_TEST(answer.header("Retry-After") == "1");
    BOOST_TEST(answer.header("Connection") == "close");

    auto fourth = server.connect();
    BOOST_TEST(fourth.request("GET", "/healthz").status == 503);
    fourth.finish_sending();
    BOOST_TEST(fourth.receive_until_closed().empty());

    // Those that are turned away, even if they stay, keep no other out.
    second.reset();
    std::vector<HttpClient> turned_away;
    constexpr std::size_t most_attempts = 200;
    int status = 503;
    while (status == 503 && turned_away.size() < most_attempts) {
        turned_away.push_back(server.connect());
        status = turned_away.back().request("GET", "/healthz").status;
    }
    BOOST_TEST(status == 200);
    BOOST_TEST(first.request("GET", "/healthz").status == 200);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
