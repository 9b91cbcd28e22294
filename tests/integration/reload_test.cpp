// Settings that change while the daemon runs: what each of them does, in this process.

#include "tests/support/command_folder.hpp"
#include "tests/support/receiver.hpp"
#include "tests/support/tls_server.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>

namespace gateway::test {

namespace {

using std::chrono::milliseconds;

/// For requests of every kind.
struct Reloaded : TestApi {
    Settings settings;

    void apply() { server.apply(settings); }

    int post_webhook(const std::string& url) {
        const auto body = R"({"url":")" + url + R"(","verification_token":")" +
                          std::string(verification_token) + R"(","events":[]})";
        return client.request("POST", webhooks_path(), {token.text, body, {}}).status;
    }

    /// Has the webhook called there, for events of one type.
    void subscribe(const std::string& url) const {
        server.tamper(
            "UPDATE apps SET mode = 'dev'; UPDATE webhooks SET active = 1, events = '[\"user.created\"]', "
            "url = '" +
            url + "'");
    }

    /// Returns when SQL answers so.
    void wait_for(const std::string& sql, const std::string& rows) const {
        const auto deadline = std::chrono::steady_clock::now() + HttpClient::limit;
        while (server.ask(sql) != rows)
            BOOST_TEST_REQUIRE((std::chrono::steady_clock::now() < deadline));
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(reload_test, Reloaded)

BOOST_AUTO_TEST_CASE(a_smaller_body_is_the_largest_from_the_next_request_on) {
    BOOST_TEST(add("user.created").status == 201);
    settings.server.max_body = 10;
    apply();
    BOOST_TEST(add("user.deleted").status == 413);
    settings.server.max_body = 1'000;
    apply();
    BOOST_TEST(server.connect()
                   .request("POST", events_path(), {token.text, event_body("user.deleted"), {}})
                   .status == 201);
}

BOOST_AUTO_TEST_CASE(publishing_has_its_own_size) {
    const std::string events = "/v2/session/apps/" + app + "/events";
    settings.events.max_body = 10;
    apply();
    BOOST_TEST(client.request("POST", events, {token.text, std::string(20, ' '), {}}).status == 413);
}

BOOST_AUTO_TEST_CASE(headers_are_limited_on_new_connections) {
    BOOST_TEST(client.request("GET", "/healthz").status == 200);
    settings.server.max_header = 256;
    apply();
    const RequestParts large{{}, {}, {{"X-Large", std::string(500, 'x')}}};
    BOOST_TEST(client.request("GET", "/healthz", large).status == 200);
    BOOST_TEST(server.connect().request("GET", "/healthz", large).status == 431);
}

BOOST_AUTO_TEST_CASE(bodies_may_hold_less_memory) {
    settings.server.body_memory = 10;
    apply();
    BOOST_TEST(server.connect()
                   .request("POST", events_path(),
                            {token.text, event_body("user.created") + std::string(20'000, ' '), {}})
                   .status == 503);
}

BOOST_AUTO_TEST_CASE(fewer_connections_are_let_in) {
    BOOST_TEST(client.request("GET", "/healthz").status == 200);
    settings.server.max_connections = 1;
    apply();
    BOOST_TEST(server.connect().receive().status == 503);
    BOOST_TEST(client.request("GET", "/healthz").status == 200);
}

BOOST_AUTO_TEST_CASE(connections_that_are_there_get_other_times) {
    settings.server.idle_timeout = milliseconds(100);
    apply();
    BOOST_TEST(client.request("GET", "/healthz").status == 200);
    BOOST_TEST(client.receive_until_closed().empty());
    settings.server.header_timeout = milliseconds(100);
    apply();
    auto slow = server.connect();
    slow.send("G");
    BOOST_TEST(slow.receive().status == 408);
}

BOOST_AUTO_TEST_CASE(a_token_may_ask_less_often) {
    settings.limits.requests_per_second = 1;
    settings.limits.burst = 1;
    apply();
    constexpr int requests = 10;  // far within ten seconds
    int refused = 0;
    for (int i = 0; i < requests; ++i)
        refused += get_webhook().status == 429 ? 1 : 0;
    BOOST_TEST(refused > 0);
}

BOOST_AUTO_TEST_CASE(apps_get_hosts_of_their_own) {
    const RequestParts parts{{}, {}, {{"Host", app + ".hooks.example.com"}}};
    BOOST_TEST(client.request("GET", "/.well-known/jwks.json", parts).status == 404);
    settings.server.app_host_suffix = "hooks.example.com";
    apply();
    BOOST_TEST(client.request("GET", "/.well-known/jwks.json", parts).status != 404);
}

BOOST_AUTO_TEST_CASE(rules_of_webhooks_hold_for_the_next_one) {
    server.tamper("UPDATE apps SET mode = 'prod'");
    BOOST_TEST(post_webhook("http://example.com/") == 400);
    settings.webhooks.allow_http = true;
    settings.webhooks.max_per_app = 2;
    apply();
    BOOST_TEST(post_webhook("http://example.com/") == 201);
    BOOST_TEST(post_webhook("http://example.com/again") != 201);
    settings.webhooks.max_per_app = 3;
    apply();
    BOOST_TEST(post_webhook("http://example.com/again") == 201);
}

BOOST_AUTO_TEST_CASE(what_may_be_called_changes_for_connections_that_are_kept_too) {
    const Receiver receiver(answer(200));
    server.tamper("UPDATE webhooks SET url = '" + receiver.url() + "'; UPDATE apps SET mode = 'dev'");
    const auto activate = [this] {
        return client.request("POST", webhook_path() + "/activate", {token.text, {}, {}}).message();
    };
    settings.webhooks.activations_per_minute = 100;
    apply();
    BOOST_TEST(holds(activate(), "blocked_address"));
    settings.delivery.allow_networks = {"127.0.0.0/8"};
    apply();
    BOOST_TEST(holds(activate(), "body"));
    settings.delivery.deny_networks = {"127.0.0.0/8"};
    apply();
    BOOST_TEST(holds(activate(), "blocked_address"));
    BOOST_TEST(receiver.requests().size() == 1U);
}

BOOST_AUTO_TEST_CASE(deliveries_go_by_other_rules) {
    const Receiver receiver(answer(202));
    subscribe(receiver.url());
    settings.delivery.allow_networks = {"127.0.0.0/8"};
    apply();
    const auto publish = [this] {
        const auto test =
            client.request("POST", webhook_path() + "/test", {token.text, event_body("user.created"), {}});
        BOOST_TEST(test.status == 202);
    };
    publish();
    wait_for("SELECT outcome, http_code FROM attempts", "http_status|202");
    settings.delivery.success = SuccessStatus::any_2xx;
    apply();
    publish();
    wait_for("SELECT count(*) > 0 FROM deliveries WHERE state = 'delivered'", "1");
}

BOOST_AUTO_TEST_CASE(a_user_may_have_fewer_sessions) {
    const std::string users = "/v2/session/apps/" + app + "/users";
    const std::string ada = R"({"type":"email_address","value":"ada@example.com"})";
    const auto user = client.request("POST", users, {token.text, R"({"identifiers":[)" + ada + "]}", {}});
    const auto sessions = users + "/" + std::string(user.body.at("id").as_string()) + "/sessions";
    const auto let_in = [&] {
        return client.request("POST", sessions, {token.text, R"({"identifier":)" + ada + "}", {}}).status;
    };
    BOOST_TEST((let_in() == 201 && let_in() == 201));
    settings.sessions.max_per_user = 1;
    apply();
    BOOST_TEST(let_in() == 201);
    BOOST_TEST(server.ask("SELECT count(*) FROM user_sessions") == "1");
}

BOOST_AUTO_TEST_CASE(a_network_that_cannot_be_leaves_all_as_it_was) {
    settings.server.max_body = 10;
    settings.delivery.allow_networks = {"::ffff:0:0/96"};
    BOOST_CHECK_THROW(apply(), std::exception);
    BOOST_TEST(add("user.created").status == 201);
}

BOOST_AUTO_TEST_CASE(the_log_gets_another_level_and_format) {
    settings.log.level = LogLevel::error;
    apply();
    BOOST_TEST(client.request("GET", "/healthz", {{}, {}, {{"X-Request-Id", "quiet"}}}).status == 200);
    settings.log.level = LogLevel::info;
    settings.log.format = LogFormat::text;
    apply();
    BOOST_TEST(client.request("GET", "/healthz", {{}, {}, {{"X-Request-Id", "loud"}}}).status == 200);
    const auto lines = server.end_and_read_log();
    BOOST_TEST(!holds(lines, "quiet"));
    BOOST_TEST(holds(lines, "request_id=loud"), lines);
}

BOOST_AUTO_TEST_CASE(a_request_under_way_keeps_what_it_began_with) {
    WriteLock lock(server.database());
    auto waiting = server.connect();
    const std::string body = R"({"url":"https://example.com/","verification_token":")" +
                             std::string(verification_token) + R"(","events":[]})";
    const Headers headers{{"Expect", "100-continue"}, {"Content-Length", std::to_string(body.size())}};
    waiting.send(request_text("POST", webhooks_path(), {token.text, {}, headers}));
    BOOST_TEST(waiting.receive().status == 100);
    waiting.send(body);
    for (int i = 0; i < 10; ++i)
        apply();
    BOOST_TEST(client.request("GET", "/healthz").status == 200);
    lock.release();
    BOOST_TEST(waiting.receive().status == 201);
}

BOOST_AUTO_TEST_CASE(other_tls_files_are_taken_or_refused_whole) {
    const IdentityFiles files;
    TestApi secure(with_tls(files));
    const auto certificate = [&] { return secure.server.connect(1).start_tls().certificate; };
    const IdentityFiles others;
    secure.server.apply(with_tls(others));
    BOOST_TEST(certificate() == others.identity().certificate);
    auto mixed = with_tls(files);
    mixed.server.tls_key = others.key();
    mixed.server.max_body = 10;
    BOOST_CHECK_THROW(secure.server.apply(mixed), std::runtime_error);
    BOOST_TEST(certificate() == others.identity().certificate);
    BOOST_TEST(secure.add("user.created").status == 201);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
