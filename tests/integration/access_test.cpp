// Who may: keys, apps, sessions, and in which order a request is checked.

#include "tests/support/test_server.hpp"

#include <boost/test/unit_test.hpp>

namespace gateway::test {

namespace {

constexpr std::string_view good_body = R"({"event":"user.created"})";
constexpr std::string_view bad_body = R"({"event":"nope"})";

const std::string unknown_app = "zzzzzzz";
const std::string unknown_webhook = "web_01jqebhswje1ka1z7ahr9rfsgt";

struct Fixture : TestApi {
    /// addWebhookEvent with whatever of it is to be wrong.
    Answer call(const std::string& token_text, const std::string& app_id, const std::string& webhook_id,
                const std::string_view body, Headers headers = {}) {
        return client.request("POST", "/v2/session/apps/" + app_id + "/webhooks/" + webhook_id + "/events",
                              {token_text, std::string(body), std::move(headers)});
    }

    Answer call_with(const Headers& headers) {
        return client.request("POST", events_path(), {{}, std::string(good_body), headers});
    }
};

void check_refused(const Answer& answer, const int status, const std::string_view code) {
    BOOST_TEST(answer.status == status);
    BOOST_TEST(answer.code() == code);
}

void check_invalid_token(const Answer& answer) {
    check_refused(answer, 401, "invalid_api_token");
    BOOST_TEST(answer.body.at("status").as_string() == "unauthorized");
    BOOST_TEST(answer.message() == "The API token is unknown, expired or revoked.");
    BOOST_TEST(answer.header("WWW-Authenticate") == R"(Bearer error="invalid_token")");
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(access_test, Fixture)

BOOST_AUTO_TEST_CASE(a_missing_or_malformed_authorization_is_401_missing_api_token) {
    const std::string malformed[] = {"",
                                     "Bearer",
                                     "Bearer ",
                                     token.text,
                                     "Basic " + token.text,
                                     "Bearer" + token.text,
                                     "Bearer " + token.text + " x",
                                     "Bearer:" + token.text,
                                     "Token " + token.text,
                                     "Bearer\t" + token.text};
    for (const auto& value : malformed) {
        BOOST_TEST_CONTEXT("Authorization: " + value) {
            const auto answer = call_with({{"Authorization", value}});
            check_refused(answer, 401, "missing_api_token");
            BOOST_TEST(answer.body.at("status").as_string() == "unauthorized");
            BOOST_TEST(answer.message() ==
                       "The API token is missing: send it as `Authorization: Bearer <token>`.");
            BOOST_TEST(answer.header("WWW-Authenticate") == "Bearer");
        }
    }
    check_refused(call_with({}), 401, "missing_api_token");
}

BOOST_AUTO_TEST_CASE(the_bearer_scheme_is_matched_without_regard_to_case) {
    for (const std::string scheme : {"bearer ", "BEARER ", "bEaReR "}) {
        BOOST_TEST(call_with({{"authorization", scheme + token.text}}).status == 201);
    }
}

BOOST_AUTO_TEST_CASE(spaces_may_stand_between_the_scheme_and_the_key) {
    BOOST_TEST(call_with({{"Authorization", "Bearer  " + token.text}}).status == 201);
    BOOST_TEST(call_with({{"Authorization", "Bearer    " + token.text + "  "}}).status == 201);
    check_refused(call_with({{"Authorization", "Bearer   "}}), 401, "missing_api_token");
}

BOOST_AUTO_TEST_CASE(two_authorizations_are_400_whichever_is_good) {
    for (const auto& [first, second] : {std::pair{token.text, std::string("sgw_x")}, {"sgw_x", token.text}}) {
        auto two = server.connect();
        const Headers headers{{"Authorization", "Bearer " + first}, {"Authorization", "Bearer " + second}};
        const auto answer = two.request("GET", webhook_path(), {{}, {}, headers});
        check_refused(answer, 400, "invalid_request");
        BOOST_TEST(answer.message().find("Authorization") != std::string::npos);
    }
}

/// Thousands of bodies that wait for a key which is not good are memory in the hands of anybody.
BOOST_AUTO_TEST_CASE(a_request_without_a_good_key_is_refused_before_its_body) {
    struct Case {
        std::string_view method;
        std::string path, token;
        int status;
        std::string_view code;
    };

    const Case cases[] = {
        {"POST", "/nowhere", token.text, 404, "route_not_found"},
        {"PUT", events_path(), token.text, 405, "method_not_allowed"},
        {"POST", events_path(), "", 401, "missing_api_token"},
        {"POST", events_path(), "sgw_unknown", 401, "invalid_api_token"},
    };
    for (const auto& [method, path, key, status, code] : cases) {
        for (const auto& [field, value] :
             {std::pair{"Content-Length", "60000"}, {"Transfer-Encoding", "chunked"}}) {
            auto early = server.connect();
            early.send(request_text(method, path, {key, {}, {{field, value}, {"Expect", "100-continue"}}}));
            const auto answer = early.receive();  // no byte of the body has been sent
            check_refused(answer, status, code);
            BOOST_TEST(!answer.keep_alive);
            early.finish_sending();
            BOOST_TEST(early.receive_until_closed().empty());
        }
    }
    // With a good key the body is waited for.
    const std::string body(good_body);
    client.send(request_text("POST", events_path(),
                             {token.text, {}, {{"Content-Length", std::to_string(body.size())}}}));
    client.send(body);
    BOOST_TEST(client.receive().status == 201);
}

BOOST_AUTO_TEST_CASE(an_unknown_key_is_401_invalid_api_token) {
    const std::string unknown[] = {"sgw_",
                                   "sgw_" + std::string(43, 'A'),
                                   token.text.substr(0, 46),
                                   token.text + "A",
                                   token.id,
                                   std::string(4'000, 'x'),
                                   "\xFF"};
    for (const auto& text : unknown) {
        BOOST_TEST_CONTEXT(text) {
            check_invalid_token(call(text, app, webhook, good_body));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_key_is_good_until_the_moment_it_expires) {
    const auto expiring = server.create_token(app, server.clock.now() + std::chrono::hours(1));
    server.clock.advance(std::chrono::hours(1) - std::chrono::milliseconds(1));
    BOOST_TEST(call(expiring.text, app, webhook, good_body).status == 201);
    server.clock.advance(std::chrono::milliseconds(1));
    check_invalid_token(call(expiring.text, app, webhook, good_body));
    check_invalid_token(call(expiring.text, app, webhook, bad_body));
}

BOOST_AUTO_TEST_CASE(an_expired_key_that_was_never_used_is_refused) {
    const auto expired = server.create_token(app, server.clock.now());
    check_invalid_token(call(expired.text, app, webhook, good_body));
}

BOOST_AUTO_TEST_CASE(a_key_that_was_revoked_before_it_was_used_is_refused) {
    const auto revoked = server.create_token(app);
    server.revoke_token(revoked.id);
    check_invalid_token(call(revoked.text, app, webhook, good_body));
}

BOOST_AUTO_TEST_CASE(
    a_key_that_another_process_revokes_is_refused_from_the_next_request_on_whatever_the_request) {
    const auto bad = std::string(bad_body);

    struct Request {
        std::string_view reason;
        std::string method, target;
        RequestParts parts;
    };

    const auto with = [](std::optional<std::string> body, Headers headers = {}) {
        return RequestParts{{}, std::move(body), std::move(headers)};
    };
    const Request requests[] = {
        {"a write", "POST", events_path(), with(std::string(good_body))},
        {"a bad body", "POST", events_path(), with(bad)},
        {"another media type", "POST", events_path(), with(bad, {{"Content-Type", "text/plain"}})},
        {"an unknown webhook", "POST", webhooks_path() + "/x/events", with(std::string(good_body))},
        {"a read", "GET", webhook_path(), {}},
        {"a list", "GET", webhooks_path(), {}},
    };
    for (const auto& [reason, method, target, parts] : requests) {
        BOOST_TEST_CONTEXT(reason) {
            auto request = parts;
            const auto remembered = server.create_token(app);
            request.token = remembered.text;
            BOOST_TEST(client.request("GET", webhook_path(), {remembered.text, {}, {}}).status == 200);
            BOOST_TEST(
                client.request("POST", events_path(), {remembered.text, std::string(good_body), {}}).status ==
                201);
            server.revoke_token(remembered.id);
            check_invalid_token(client.request(method, target, request));
            check_invalid_token(client.request(method, target, request));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_key_for_all_apps_is_good_for_each) {
    const auto all = server.create_token(std::nullopt);
    const auto other = server.create_app();
    BOOST_TEST(call(all.text, app, webhook, good_body).status == 201);
    BOOST_TEST(call(all.text, other, server.create_webhook(other), good_body).status == 201);
}

BOOST_AUTO_TEST_CASE(sessions_that_are_disabled_are_403_for_reads_too) {
    add("user.created");
    server.disable_sessions(app);
    const auto answer = add("user.deleted");
    check_refused(answer, 403, "session_disabled");
    BOOST_TEST(answer.body.at("status").as_string() == "forbidden");
    BOOST_TEST(answer.message() == "Session management is disabled for this application.");
    check_refused(get_webhook(), 403, "session_disabled");
    check_refused(client.request("GET", webhooks_path(), {token.text, {}, {}}), 403, "session_disabled");
    BOOST_TEST(server.ask("SELECT events FROM webhooks") == R"(["user.created"])");
}

BOOST_AUTO_TEST_CASE(another_apps_key_learns_nothing_not_even_whether_the_app_exists) {
    const auto stranger = server.create_token(server.create_app());
    const auto answer = call(stranger.text, app, webhook, good_body);
    check_refused(answer, 404, "app_not_found");
    BOOST_TEST(answer.body.at("status").as_string() == "not_found");
    BOOST_TEST(answer.message() == "The application was not found.");
    for (const auto& app_id : {unknown_app, std::string("no-id-at-all"), std::string("%F0%9F%90%A2")}) {
        BOOST_TEST(call(stranger.text, app_id, webhook, good_body).text == answer.text);
        BOOST_TEST(call(token.text, app_id, webhook, good_body).text == answer.text);
    }
    server.disable_sessions(app);
    BOOST_TEST(call(stranger.text, app, webhook, good_body).text == answer.text);
}

BOOST_AUTO_TEST_CASE(another_apps_webhook_is_not_found_even_for_a_key_for_all_apps) {
    const auto foreign = server.create_webhook(server.create_app());
    const auto all = server.create_token(std::nullopt);
    const auto answer = call(token.text, app, unknown_webhook, good_body);
    check_refused(answer, 404, "webhook_not_found");
    BOOST_TEST(answer.body.at("status").as_string() == "not_found");
    BOOST_TEST(answer.message() == "The webhook was not found.");
    for (const auto& id : {foreign, std::string("nonsense"), webhook + "x"}) {
        BOOST_TEST(call(token.text, app, id, good_body).text == answer.text);
        BOOST_TEST(call(all.text, app, id, good_body).text == answer.text);
    }
    BOOST_TEST(server.ask("SELECT count(*) FROM webhooks WHERE events <> '[]'") == "0");
}

BOOST_AUTO_TEST_CASE(an_app_that_is_deleted_takes_its_keys_along) {
    add("user.created");
    server.delete_app(app);
    check_invalid_token(add("user.deleted"));
}

/// Each row has one thing wrong more than the row below it; the first that is wrong is told.
BOOST_AUTO_TEST_CASE(checks_are_made_in_this_order, *boost::unit_test::label("paths")) {
    const auto disabled = server.create_app();
    server.disable_sessions(disabled);
    const auto all = server.create_token(std::nullopt);
    const Headers text{{"Content-Type", "text/plain"}};

    const auto wrong_route = client.request("PUT", "/v2/nowhere", {"bad", std::string(bad_body), text});
    check_refused(wrong_route, 404, "route_not_found");
    const auto wrong_method = client.request("PUT", events_path(), {"bad", std::string(bad_body), text});
    check_refused(wrong_method, 405, "method_not_allowed");

    check_refused(call("bad", unknown_app, unknown_webhook, bad_body, text), 401, "invalid_api_token");
    check_refused(call({}, unknown_app, unknown_webhook, bad_body, text), 401, "missing_api_token");
    check_refused(call(all.text, unknown_app, unknown_webhook, bad_body, text), 415,
                  "unsupported_media_type");
    check_refused(call(all.text, unknown_app, unknown_webhook, bad_body), 400, "invalid_webhook_event");
    check_refused(call(token.text, disabled, unknown_webhook, bad_body, text), 404, "app_not_found");
    check_refused(call(all.text, unknown_app, unknown_webhook, good_body), 404, "app_not_found");
    check_refused(call(token.text, disabled, unknown_webhook, good_body), 404, "app_not_found");
    check_refused(call(all.text, disabled, unknown_webhook, good_body), 403, "session_disabled");
    check_refused(call(all.text, app, unknown_webhook, good_body), 404, "webhook_not_found");
    BOOST_TEST(call(all.text, app, webhook, good_body).status == 201);
}

BOOST_AUTO_TEST_CASE(nothing_about_a_foreign_app_can_be_told_apart, *boost::unit_test::label("paths")) {
    const auto prod = server.create_app();
    const auto dev = server.create_app();
    server.ask("UPDATE apps SET mode = 'dev' WHERE id = '" + dev + "'");
    const std::string http_url = R"({"url":"http://shop.example/","verification_token":"a","events":[]})";
    for (const auto& foreign : {prod, dev, std::string(unknown_app)}) {
        for (const auto& body : {http_url, std::string("{"), std::string()}) {
            const auto answer =
                client.request("POST", "/v2/session/apps/" + foreign + "/webhooks", {token.text, body, {}});
            check_refused(answer, 404, "app_not_found");
        }
    }
}

BOOST_AUTO_TEST_CASE(a_body_in_a_coding_is_415, *boost::unit_test::label("paths")) {
    const auto zipped = call(token.text, app, webhook, good_body, {{"Content-Encoding", "gzip"}});
    check_refused(zipped, 415, "unsupported_media_type");
    BOOST_TEST(zipped.message() == R"(Content-Encoding: found "gzip", expected the JSON as it is.)");
    BOOST_TEST(call(token.text, app, webhook, good_body, {{"Content-Encoding", "identity"}}).status == 201);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
