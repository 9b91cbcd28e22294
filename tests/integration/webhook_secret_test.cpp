// getWebhookSecret and rotateWebhookSecret.

#include "tests/support/test_server.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace gateway::test {

namespace {

struct Fixture : TestApi {
    Answer get() { return client.request("GET", webhook_path() + "/secret", {token.text, {}, {}}); }

    Answer rotate() {
        return client.request("POST", webhook_path() + "/secret/rotate", {token.text, {}, {}});
    }
};

std::string secret_of(const Answer& answer) {
    return std::string(answer.body.at("secret").as_string());
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(webhook_secret_test, Fixture)

BOOST_AUTO_TEST_CASE(a_secret_is_made_when_it_is_first_asked_for_and_stays) {
    const auto first = get();
    BOOST_TEST(first.status == 200);
    BOOST_TEST(secret_of(first).starts_with("whsec_"));
    BOOST_TEST(secret_of(first).size() == 38U);
    BOOST_TEST(get().body == first.body);
}

BOOST_AUTO_TEST_CASE(a_rotation_gives_another_one_and_leaves_the_former_for_a_day) {
    const auto first = secret_of(get());
    const auto second = rotate();
    BOOST_TEST(second.status == 200);
    BOOST_TEST(secret_of(second) != first);
    BOOST_TEST(get().body == second.body);
    BOOST_TEST(server.ask("SELECT signs_until FROM webhook_secrets ORDER BY number") ==
               "2025-03-16T12:00:00.000Z\nNULL");
}

BOOST_AUTO_TEST_CASE(nobody_may_keep_an_answer_and_no_log_holds_it) {
    const auto first = get();
    const auto second = rotate();
    BOOST_TEST(first.header("Cache-Control") == "no-store");
    BOOST_TEST(second.header("Cache-Control") == "no-store");
    const auto log = server.end_and_read_log();
    for (const auto& answer : {first, second})
        BOOST_TEST(log.find(secret_of(answer).substr(6)) == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_webhook_that_is_not_there_has_none) {
    webhook = "web_nothere";
    BOOST_TEST(get().code() == "webhook_not_found");
    BOOST_TEST(rotate().code() == "webhook_not_found");
    webhook = server.create_webhook(server.create_app());
    BOOST_TEST(get().code() == "webhook_not_found");
    BOOST_TEST(rotate().code() == "webhook_not_found");
}

BOOST_AUTO_TEST_CASE(a_key_is_needed_and_sessions_enabled) {
    BOOST_TEST(client.request("GET", webhook_path() + "/secret").code() == "missing_api_token");
    BOOST_TEST(client.request("POST", webhook_path() + "/secret/rotate").code() == "missing_api_token");
    server.disable_sessions(app);
    BOOST_TEST(get().code() == "session_disabled");
    BOOST_TEST(rotate().code() == "session_disabled");
}

BOOST_AUTO_TEST_CASE(a_secret_that_does_not_open_is_told_to_the_operator_and_replaced_by_a_rotation) {
    const auto first = secret_of(get());
    server.ask("UPDATE webhook_secrets SET secret_sealed = zeroblob(53)");
    BOOST_TEST(get().status == 500);
    const auto second = rotate();
    BOOST_TEST(second.status == 200);
    BOOST_TEST(get().body == second.body);
    BOOST_TEST(server.end_and_read_log().find("rotateWebhookSecret makes a new one") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
