#include "tests/support/test_server.hpp"

#include <boost/test/unit_test.hpp>

namespace gateway::test {

namespace {

struct Fixture : TestApi {
    Answer get(const std::string& target) { return client.request("GET", target, {token.text, {}, {}}); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(webhooks_read_test, Fixture)

BOOST_AUTO_TEST_CASE(a_webhook_is_read_back_as_adding_an_event_answered_it) {
    const auto added = add("user.created");
    const auto read = get_webhook();
    BOOST_TEST(read.status == 200);
    BOOST_TEST(read.body == added.body);
}

BOOST_AUTO_TEST_CASE(a_webhook_that_is_not_there_or_another_apps_is_404) {
    const auto foreign = server.create_webhook(server.create_app());
    for (const auto& id : {foreign, std::string("nonsense")}) {
        const auto answer = get(webhooks_path() + "/" + id);
        BOOST_TEST(answer.status == 404);
        BOOST_TEST(answer.code() == "webhook_not_found");
    }
}

BOOST_AUTO_TEST_CASE(a_list_has_the_apps_own_webhooks_oldest_first) {
    server.create_webhook(server.create_app());
    const auto second = server.create_webhook(app, {EventType::user_deleted});
    const auto answer = get(webhooks_path());
    BOOST_TEST(answer.status == 200);
    const auto& webhooks = answer.body.at("webhooks").as_array();
    BOOST_TEST_REQUIRE(webhooks.size() == 2U);
    BOOST_TEST(webhooks[0] == get_webhook().body.at("webhook"));
    BOOST_TEST(webhooks[1] == get(webhooks_path() + "/" + second).body.at("webhook"));
}

BOOST_AUTO_TEST_CASE(an_app_without_webhooks_has_an_empty_list) {
    const auto empty = server.create_app();
    token = server.create_token(empty);
    BOOST_TEST(get("/v2/session/apps/" + empty + "/webhooks").text == R"({"webhooks":[]})");
}

BOOST_AUTO_TEST_CASE(a_read_sees_what_was_answered_before_it) {
    for (const auto event : event_type_names)
        BOOST_TEST(add(event).body == get_webhook().body);
}

BOOST_AUTO_TEST_CASE(head_answers_as_get_does_without_the_body) {
    const auto got = get_webhook();
    const auto head = client.request("HEAD", webhook_path(), {token.text, {}, {}});
    BOOST_TEST(head.status == 200);
    BOOST_TEST(head.text.empty());
    BOOST_TEST(head.header("Content-Length") == std::to_string(got.text.size()));
    BOOST_TEST(head.header("Content-Type") == "application/json");
    BOOST_TEST(client.request("HEAD", webhooks_path() + "/x", {token.text, {}, {}}).status == 404);
    BOOST_TEST(client.request("HEAD", webhook_path()).status == 401);
    BOOST_TEST(get_webhook().status == 200);
}

BOOST_AUTO_TEST_CASE(a_read_needs_a_key) {
    BOOST_TEST(client.request("GET", webhook_path()).code() == "missing_api_token");
    BOOST_TEST(client.request("GET", webhooks_path()).code() == "missing_api_token");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
