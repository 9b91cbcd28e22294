// Real answers against the schemas of the published contract (contract_schemas.json).

#include "tests/support/json_schema.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/test_server.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <fstream>
#include <iterator>

namespace gateway::test {

namespace {

boost::json::object read_contract() {
    std::ifstream file(source_folder() / "tests" / "integration" / "contract_schemas.json");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    return boost::json::parse(text).as_object();
}

struct Fixture : TestApi {
    boost::json::object contract = read_contract();

    /// What is wrong with an answer; empty when it is as the contract says.
    [[nodiscard]] std::string fault(const Answer& answer) const {
        const auto& responses = contract.at("responses").as_object();
        const auto* const schema = responses.if_contains(std::to_string(answer.status));
        if (!schema) return "the contract has no " + std::to_string(answer.status);
        return schema_fault(answer.body, schema->as_object(), contract.at("schemas").as_object());
    }

    /// addWebhookEvent with a key for all apps.
    Answer call(const std::string& app_id, const std::string& webhook_id) {
        return client.request("POST", "/v2/session/apps/" + app_id + "/webhooks/" + webhook_id + "/events",
                              {server.create_token(std::nullopt).text, event_body("user.created"), {}});
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(contract_test, Fixture)

BOOST_AUTO_TEST_CASE(the_201_answers_fit_the_contract) {
    for (const auto event : event_type_names)
        BOOST_TEST(fault(add(event)) == "");
    server.ask("UPDATE webhooks SET active = 1");
    server.ask(
        "INSERT INTO webhook_health (webhook, last_http_code, last_http_code_date)"
        " SELECT number, 502, '2025-03-15T14:45:00.000Z' FROM webhooks");
    BOOST_TEST(fault(add("user.created")) == "");
}

BOOST_AUTO_TEST_CASE(the_201_answer_has_the_contracts_fields_and_no_other) {
    const auto answer = add("user.created");
    const auto& schemas = contract.at("schemas").as_object();
    const auto& properties = schemas.at("WebhookResponse").at("properties").as_object();
    BOOST_TEST(answer.body.as_object().size() == 1U);
    BOOST_TEST(answer.webhook().size() == properties.size());
}

BOOST_AUTO_TEST_CASE(the_400_answers_fit_the_contract) {
    for (const auto* const body : {"", "{", "[]", "{}", R"({"event":1})", R"({"event":"nope"})"}) {
        const auto answer = post(body);
        BOOST_TEST(answer.status == 400);
        BOOST_TEST(fault(answer) == "");
    }
}

BOOST_AUTO_TEST_CASE(the_403_answer_fits_the_contract) {
    server.disable_sessions(app);
    const auto answer = add("user.created");
    BOOST_TEST(answer.status == 403);
    BOOST_TEST(fault(answer) == "");
}

BOOST_AUTO_TEST_CASE(both_404_answers_fit_the_contract) {
    for (const auto& answer : {call("zzzzzzz", webhook), call(app, "web_01jqebhswje1ka1z7ahr9rfsgt")}) {
        BOOST_TEST(answer.status == 404);
        BOOST_TEST(fault(answer) == "");
    }
}

BOOST_AUTO_TEST_CASE(an_answer_that_does_not_fit_is_noticed) {
    const auto good = add("user.created");
    const auto spoiled = [&](const std::string_view field, const boost::json::value& value) {
        auto answer = good;
        answer.body.at("webhook").as_object()[field] = value;
        return fault(answer);
    };
    BOOST_TEST(spoiled("last_http_code", nullptr) == R"($.webhook.last_http_code: null is not "integer")");
    BOOST_TEST(spoiled("created_at", "noon") == R"($.webhook.created_at: "noon" is not "date-time")");
    BOOST_TEST(spoiled("url", "no uri") == R"($.webhook.url: "no uri" is not "uri")");
    BOOST_TEST(
        spoiled("events", {"user.exploded"}).starts_with(R"($.webhook.events[]: "user.exploded" is not [)"));
    auto lacking = good;
    lacking.body.at("webhook").as_object().erase("active");
    BOOST_TEST(fault(lacking) == R"($.webhook: lacks "active")");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
