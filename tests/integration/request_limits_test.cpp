// limits.requests_per_second, at a whole server whose time stands still.

#include "tests/support/test_server.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <memory>

namespace gateway::test {

namespace {

using std::chrono::milliseconds;

constexpr int burst = 3;

Settings limited() {
    Settings settings;
    settings.limits.requests_per_second = 1;
    settings.limits.burst = burst;
    return settings;
}

/// A server with two apps and a key for each.
struct LimitedServer {
    explicit LimitedServer(const Settings& settings = limited())
        : server(settings, nullptr, [time = passed] {
              return std::chrono::steady_clock::time_point(std::chrono::hours(1)) + milliseconds(*time);
          }) {}

    std::shared_ptr<std::atomic<int>> passed = std::make_shared<std::atomic<int>>(0);
    TestServer server;
    std::string app = server.create_app();
    Token token = server.create_token(app);
    std::string other_app = server.create_app();
    Token other_token = server.create_token(other_app);

    [[nodiscard]] Answer list(const std::string& key, const std::string& of_app) const {
        return server.request("GET", "/v2/session/apps/" + of_app + "/webhooks", {key, {}, {}});
    }

    [[nodiscard]] Answer list() const { return list(token.text, app); }

    [[nodiscard]] Answer ask_from(const std::string& address, const std::string& target,
                                  const std::string& key = {}) const {
        return HttpClient(server.port(), 0, address).request("GET", target, {key, {}, {}});
    }
};

void check_refused(const Answer& answer, const std::string_view message) {
    BOOST_TEST(answer.status == 429);
    BOOST_TEST(answer.code() == "rate_limited");
    BOOST_TEST(answer.body.at("status").as_string() == "too_many_requests");
    BOOST_TEST(answer.message() == message);
    BOOST_TEST(answer.header("Retry-After") == "1");
}

constexpr std::string_view of_token = "Too many requests are made with this API token; nothing was done.";
constexpr std::string_view of_address =
    "Too many requests without a good API token come from this address; nothing was done.";

}  // namespace

BOOST_AUTO_TEST_SUITE(request_limits_test)

BOOST_AUTO_TEST_CASE(a_token_is_refused_beyond_its_limit_until_time_has_passed) {
    const LimitedServer limited;
    for (int i = 0; i < burst; ++i)
        BOOST_TEST(limited.list().status == 200);
    check_refused(limited.list(), of_token);
    *limited.passed = 1'000;
    BOOST_TEST(limited.list().status == 200);
    check_refused(limited.list(), of_token);
}

BOOST_AUTO_TEST_CASE(one_token_does_not_feel_another) {
    const LimitedServer limited;
    for (int i = 0; i <= burst; ++i)
        static_cast<void>(limited.list());
    BOOST_TEST(limited.list(limited.other_token.text, limited.other_app).status == 200);
}

BOOST_AUTO_TEST_CASE(what_shows_no_good_token_counts_for_its_address) {
    const LimitedServer limited;
    BOOST_TEST(limited.list("", limited.app).status == 401);
    BOOST_TEST(limited.list("sgw_wrong", limited.app).status == 401);
    BOOST_TEST(limited.server.request("GET", "/nowhere").status == 404);
    check_refused(limited.list("", limited.app), of_address);
    check_refused(limited.list("sgw_another", limited.app), of_address);
    check_refused(limited.server.request("GET", "/nowhere"), of_address);
    check_refused(limited.server.request("GET", "/openapi.json"), of_address);
    BOOST_TEST(limited.ask_from("127.0.0.2", "/nowhere").status == 404);
}

BOOST_AUTO_TEST_CASE(a_good_token_is_served_however_its_address_floods) {
    const LimitedServer limited;
    BOOST_TEST(limited.list().status == 200);
    for (int i = 0; i <= burst; ++i)
        static_cast<void>(limited.server.request("GET", "/nowhere"));
    check_refused(limited.server.request("GET", "/nowhere"), of_address);
    // On each I/O thread, also on one that has not seen the token yet.
    BOOST_TEST(limited.list().status == 200);
    BOOST_TEST(limited.list().status == 200);
}

BOOST_AUTO_TEST_CASE(a_good_token_counts_nothing_for_its_address) {
    const LimitedServer limited;
    for (int i = 0; i < burst; ++i)
        BOOST_TEST(limited.list().status == 200);
    for (int i = 0; i < burst; ++i)
        BOOST_TEST(limited.server.request("GET", "/nowhere").status == 404);
}

BOOST_AUTO_TEST_CASE(a_revoked_token_asks_the_database_no_more_often_than_it_might) {
    LimitedServer limited;
    BOOST_TEST(limited.list().status == 200);
    limited.server.revoke_token(limited.token.id);
    for (int i = 1; i < burst; ++i)
        BOOST_TEST(limited.list().status == 401);
    check_refused(limited.list(), of_token);
}

BOOST_AUTO_TEST_CASE(a_request_whose_body_comes_late_counts_once) {
    const LimitedServer limited;
    for (int i = 0; i < burst; ++i) {
        auto client = limited.server.connect();
        client.send("POST /v2/session/apps/" + limited.app + "/webhooks HTTP/1.1\r\nHost: x\r\n" +
                    "Authorization: Bearer " + limited.token.text +
                    "\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
        BOOST_TEST(client.receive().status == 100);
        client.send("{}");
        BOOST_TEST(client.receive().status == 400);
    }
    check_refused(limited.list(), of_token);
}

BOOST_AUTO_TEST_CASE(health_is_told_without_limit) {
    const LimitedServer limited;
    for (int i = 0; i < 3 * burst; ++i) {
        BOOST_TEST(limited.server.request("GET", "/healthz").status == 200);
        BOOST_TEST(limited.server.request("GET", "/readyz").status == 200);
    }
}

BOOST_AUTO_TEST_CASE(without_the_setting_nobody_is_limited) {
    const LimitedServer unlimited{Settings{}};
    for (int i = 0; i < 300; ++i)
        BOOST_REQUIRE(unlimited.list("", unlimited.app).status == 401);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
