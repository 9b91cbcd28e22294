// What the daemon tells the operator at operator.notify_url.

#include "tests/support/receiver.hpp"
#include "tests/support/test_server.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <future>
#include <string>
#include <utility>

namespace gateway::test {

namespace {

/// The operator's end: fails at the first request, and has a promise for what comes then.
struct Operator {
    std::atomic<int> calls = 0;
    std::promise<ReceivedRequest> told;
    Receiver receiver{[this](const ReceivedRequest& request) {
        if (calls++ == 0) return answer(500);
        told.set_value(request);
        return answer(204);
    }};
};

Settings settings_for(const Operator& person) {
    Settings settings;
    settings.webhooks.allow_http = true;
    settings.delivery.allow_networks = {"127.0.0.0/8"};
    settings.delivery.first_retry = std::chrono::milliseconds(10);
    settings.operator_.notify_url = person.receiver.url("/told");
    return settings;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(notifier_test)

BOOST_AUTO_TEST_CASE(a_receiver_that_is_gone_is_called_no_more_and_the_operator_is_told_until_it_is_heard) {
    Operator person;
    const Receiver gone(answer(410));
    TestServer server(settings_for(person));
    const auto app = server.create_app();
    const auto token = server.create_token(app);
    const auto webhook = server.create_webhook(app, {EventType::user_deleted});
    server.ask("UPDATE webhooks SET active = 1, url = '" + gone.url() + "'");
    const auto published = server.request(
        "POST", "/v2/session/apps/" + app + "/events",
        {token.text,
         R"({"type":"user.deleted","payload":{"user_id":"usr_1","deleted_at":"2025-03-15T12:00:00Z"}})",
         {}});
    BOOST_TEST_REQUIRE(published.status == 201);

    auto told = person.told.get_future();
    BOOST_TEST_REQUIRE((told.wait_for(HttpClient::limit) == std::future_status::ready));
    const auto request = told.get();
    BOOST_TEST(request.method == "POST");
    BOOST_TEST(request.target == "/told");
    BOOST_TEST(request.header("x-webhook-signature").starts_with("rsassa-pss-sha256="));
    const auto body = boost::json::parse(request.body).as_object();
    BOOST_TEST(body.at("type").as_string() == "webhook.deactivated");
    BOOST_TEST(body.at("app_id").as_string() == app);
    BOOST_TEST(body.at("webhook_id").as_string() == webhook);
    BOOST_TEST(body.at("because").as_string() == "gone");
    BOOST_TEST(body.at("failures").as_int64() == 1);
    BOOST_TEST(person.calls == 2);

    BOOST_TEST(server.stop());
    BOOST_TEST(server.ask("SELECT active, deactivated_because, operator_told_at IS NOT NULL FROM webhooks"
                          " JOIN webhook_health ON webhook = number") == "0|gone|1");
    BOOST_TEST(server.ask("SELECT state FROM deliveries") == "pending");
    BOOST_TEST(gone.requests().size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
