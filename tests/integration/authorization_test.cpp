#include "server/api/operation.hpp"
#include "server/gateway/rest/router.hpp"
#include "tests/support/test_server.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

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

    /// The path of a route with what there really is in it, but for the webhook or user that it is about.
    std::string filled(std::string path, const std::string& id) const {
        const auto fill = [&path](const std::string& name, const std::string& value) {
            const auto at = path.find(name);
            if (at != std::string::npos) path.replace(at, name.size(), value);
        };
        fill("{appID}", app);
        fill("{webhookID}", id);
        fill("{userID}", id);
        fill("{sessionID}", "ses_nothing");
        fill("{event}", "user.created");
        fill("{eventID}", "evt_nothing");
        fill("{replayID}", "rpl_nothing");
        BOOST_TEST_REQUIRE((path.find('{') == std::string::npos),
                           "a path parameter that this test does not know");
        return path;
    }

    std::string code_with(const api::Operation& operation, const api::Route& route, const std::string& key) {
        return code_with(operation, route, key, webhook);
    }

    std::string code_with(const api::Operation& operation, const api::Route& route, const std::string& key,
                          const std::string& id) {
        const std::string method(http::to_string(verb_of(route.method)));
        const bool takes_body = !field_places(operation, route).in_body.empty();
        const auto sent = takes_body ? std::optional(good_body(operation.id)) : std::nullopt;
        return client.request(method, filled(std::string(route.path), id), {key, sent, {}}).code();
    }

    static std::string good_body(const std::string_view operation) {
        if (operation == "publishEvents")
            return R"({"type":"user.deleted","payload":{"user_id":"usr_1","deleted_at":"2025-03-15T12:00:00Z"}})";
        if (operation == "updateUserStatus") return R"({"status":"active"})";
        return R"({"event":"user.created","mode":"prod","events":[],"url":"https://shop.example/",)"
               R"("verification_token":"a","since":"2025-03-15T12:00:00Z","external_id":"c","external_ids":["c"],"scope":"read",)"
               R"("identifier":{"type":"phone_number","value":"+4915123456789"},)"
               R"("identifiers":[{"type":"phone_number","value":"+4915123456789"}]})";
    }
};

std::vector<api::Operation> operations() {
    std::vector<api::Operation> all;
    for (const auto& tag : api::tags())
        all.insert(all.end(), tag.operations.begin(), tag.operations.end());
    return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(authorization_test)

BOOST_FIXTURE_TEST_CASE(every_operation_is_closed_to_every_key_but_the_right_one, Keys) {
    for (const auto& operation : operations()) {
        if (operation.access == api::Access::open) continue;
        for (const auto& route : operation.routes) {
            BOOST_TEST_CONTEXT(operation.id << " " << route.path) {
                BOOST_TEST(code_with(operation, route, "") == "missing_api_token");
                BOOST_TEST(code_with(operation, route, "sgw_unknown") == "invalid_api_token");
                BOOST_TEST(code_with(operation, route, expired.text) == "invalid_api_token");
                BOOST_TEST(code_with(operation, route, revoked.text) == "invalid_api_token");
                const bool for_all_apps = operation.access == api::Access::all_apps;
                BOOST_TEST(code_with(operation, route, others.text) ==
                           (for_all_apps ? "all_apps_token_required" : "app_not_found"));
            }
        }
    }
    BOOST_TEST(get_webhook().status == 200);  // and nothing of all this reached it
}

BOOST_FIXTURE_TEST_CASE(every_operation_on_a_webhook_finds_those_of_its_app_alone, Keys) {
    const auto others_webhook = server.create_webhook(other_app);
    for (const auto& operation : operations()) {
        for (const auto& route : operation.routes) {
            if (route.path.find("{webhookID}") == std::string_view::npos) continue;
            BOOST_TEST_CONTEXT(operation.id << " " << route.path) {
                BOOST_TEST(code_with(operation, route, token.text, "web_nothing") == "webhook_not_found");
                BOOST_TEST(code_with(operation, route, token.text, others_webhook) == "webhook_not_found");
            }
        }
    }
}

BOOST_FIXTURE_TEST_CASE(every_operation_on_a_user_finds_those_of_its_app_alone, Keys) {
    const auto others_user = client
                                 .request("POST", "/v2/session/apps/" + other_app + "/users",
                                          {others.text, good_body("createUser"), {}})
                                 .body.at("id")
                                 .as_string();
    for (const auto& operation : operations()) {
        for (const auto& route : operation.routes) {
            if (route.path.find("{userID}") == std::string_view::npos) continue;
            BOOST_TEST_CONTEXT(operation.id << " " << route.path) {
                BOOST_TEST(code_with(operation, route, token.text, "usr_nothing") == "user_not_found");
                BOOST_TEST(code_with(operation, route, token.text, others_user.c_str()) == "user_not_found");
            }
        }
    }
}

BOOST_FIXTURE_TEST_CASE(open_operations_ask_for_no_key, Keys) {
    for (const auto& operation : operations()) {
        if (operation.access != api::Access::open) continue;
        for (const auto& route : operation.routes) {
            const auto answer = client.request("GET", std::string(route.path));
            BOOST_TEST(answer.status != 401, route.path);
        }
    }
}

BOOST_FIXTURE_TEST_CASE(every_operation_of_an_app_is_closed_while_its_sessions_are_disabled, Keys) {
    server.disable_sessions(app);
    for (const auto& operation : operations()) {
        if (operation.access != api::Access::key) continue;
        for (const auto& route : operation.routes) {
            BOOST_TEST(code_with(operation, route, token.text) == "session_disabled", operation.id);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
