#include "server/api/operation.hpp"
#include "tests/support/test_server.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <optional>
#include <string>

// Every operation of the table with every kind of key that does not open it.

namespace gateway::test {

namespace {

struct Keys : TestApi {
    std::string other_app = server.create_app();
    Token others = server.create_token(other_app);
    Token revoked = server.create_token(app);
    Token expired = server.create_token(app, clock_in_the_past());

    Keys() { server.revoke_token(revoked.id); }

    static Timestamp clock_in_the_past() { return Timestamp(std::chrono::milliseconds(1)); }

    /// The path of a binding with what there really is in it, but for the webhook.
    std::string filled(std::string path, const std::string& webhook_id) const {
        const auto fill = [&path](const std::string& name, const std::string& value) {
            const auto at = path.find(name);
            if (at != std::string::npos) path.replace(at, name.size(), value);
        };
        fill("{appID}", app);
        fill("{webhookID}", webhook_id);
        fill("{event}", "user.created");
        BOOST_TEST_REQUIRE((path.find('{') == std::string::npos),
                           "a path parameter that this test does not know");
        return path;
    }

    std::string code_with(const api::Binding& binding, const std::string& key) {
        return code_with(binding, key, webhook);
    }

    std::string code_with(const api::Binding& binding, const std::string& key,
                          const std::string& webhook_id) {
        const std::string method(api::http::to_string(binding.method));
        // Good for every operation that takes a body.
        const std::string body =
            R"({"event":"user.created","mode":"prod","events":[],"url":"https://shop.example/",)"
            R"("verification_token":"a"})";
        const auto sent = binding.request == api::Body::none ? std::nullopt : std::optional(body);
        return client.request(method, filled(std::string(binding.path), webhook_id), {key, sent, {}}).code();
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(authorization_test)

BOOST_FIXTURE_TEST_CASE(every_operation_is_closed_to_every_key_but_the_right_one, Keys) {
    for (const auto& operation : api::operations()) {
        if (operation.access == api::Access::open) continue;
        for (const auto& binding : operation.bindings) {
            BOOST_TEST_CONTEXT(operation.id << " " << binding.path) {
                BOOST_TEST(code_with(binding, "") == "missing_api_token");
                BOOST_TEST(code_with(binding, "sgw_unknown") == "invalid_api_token");
                BOOST_TEST(code_with(binding, expired.text) == "invalid_api_token");
                BOOST_TEST(code_with(binding, revoked.text) == "invalid_api_token");
                BOOST_TEST(code_with(binding, others.text) == "app_not_found");
            }
        }
    }
    BOOST_TEST(get_webhook().status == 200);  // and nothing of all this reached it
}

BOOST_FIXTURE_TEST_CASE(every_operation_on_a_webhook_finds_those_of_its_app_alone, Keys) {
    const auto others_webhook = server.create_webhook(other_app);
    for (const auto& operation : api::operations()) {
        for (const auto& binding : operation.bindings) {
            if (binding.path.find("{webhookID}") == std::string_view::npos) continue;
            BOOST_TEST_CONTEXT(operation.id << " " << binding.path) {
                BOOST_TEST(code_with(binding, token.text, "web_nothing") == "webhook_not_found");
                BOOST_TEST(code_with(binding, token.text, others_webhook) == "webhook_not_found");
            }
        }
    }
}

BOOST_FIXTURE_TEST_CASE(open_operations_ask_for_no_key, Keys) {
    for (const auto& operation : api::operations()) {
        if (operation.access == api::Access::key) continue;
        for (const auto& binding : operation.bindings) {
            const auto answer = client.request("GET", std::string(binding.path));
            BOOST_TEST(answer.status == 200, binding.path);
        }
    }
}

BOOST_FIXTURE_TEST_CASE(every_operation_of_an_app_is_closed_while_its_sessions_are_disabled, Keys) {
    server.disable_sessions(app);
    for (const auto& operation : api::operations()) {
        if (operation.access == api::Access::open) continue;
        for (const auto& binding : operation.bindings) {
            BOOST_TEST(code_with(binding, token.text) == "session_disabled", operation.id);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
