#include "tests/support/test_server.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

namespace gateway::test {

namespace {

struct Fixture : TestApi {
    /// Ends the server and gives the one line that a request left.
    boost::json::object line_of(const std::string_view request_id) {
        for (auto& line : server.end_and_read_log_lines()) {
            if (line.at("message") == "request" && line.at("request_id").as_string() == request_id)
                return line;
        }
        BOOST_FAIL("no line for " + std::string(request_id));
        return {};
    }

    /// Sends a request with this id.
    Answer send(const std::string_view method, const std::string& target, const std::string& token_text) {
        return client.request(method, target, {token_text, {}, {{"X-Request-Id", "find-me"}}});
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(request_log_test, Fixture)

BOOST_AUTO_TEST_CASE(a_request_is_one_line_with_all_there_is_to_tell) {
    client.send(add_text("user.created", {{"X-Request-Id", "find-me"}}));
    const auto answer = client.receive();
    auto line = line_of("find-me");
    BOOST_TEST(line.at("duration_ms").as_double() >= 0);
    line.erase("duration_ms");
    const boost::json::object expected{{"time", "2025-03-15T12:00:00.000Z"},
                                       {"level", "info"},
                                       {"message", "request"},
                                       {"request_id", "find-me"},
                                       {"client", "127.0.0.1"},
                                       {"key", token.id},
                                       {"operation", "addWebhookEvent"},
                                       {"app", app},
                                       {"status", 201},
                                       {"bytes", answer.text.size()}};
    BOOST_TEST(line == expected);
}

BOOST_AUTO_TEST_CASE(a_client_has_one_address_whichever_the_listener) {
    Settings settings;
    settings.server.address = "::";
    TestServer everywhere(settings);
    BOOST_TEST(everywhere.request("GET", "/healthz").status == 200);  // from 127.0.0.1
    const auto lines = everywhere.end_and_read_log_lines();
    const auto line =
        std::ranges::find(lines, "request", [](const auto& each) { return each.at("message"); });
    BOOST_REQUIRE((line != lines.end()));
    BOOST_TEST(line->at("client") == "127.0.0.1");
}

BOOST_AUTO_TEST_CASE(tls_on_the_plain_port_is_named) {
    client.send("\x16\x03\x01\x02");
    const auto id = client.receive().header("X-Request-Id");
    client.finish_sending();
    BOOST_TEST(line_of(id).at("reason").as_string().starts_with("This port speaks plain HTTP"));
}

BOOST_AUTO_TEST_CASE(what_is_not_known_is_left_out) {
    send("GET", "/nowhere", {});
    const auto line = line_of("find-me");
    BOOST_TEST(line.at("status") == 404);
    for (const auto* const field : {"key", "operation", "app"})
        BOOST_TEST(!line.contains(field));
}

BOOST_AUTO_TEST_CASE(an_error_has_the_operation_and_the_key_that_was_known) {
    send("GET", webhooks_path() + "/nonsense", token.text);
    const auto line = line_of("find-me");
    BOOST_TEST(line.at("status") == 404);
    BOOST_TEST(line.at("operation") == "getWebhook");
    BOOST_TEST(line.at("key").as_string() == token.id);
    BOOST_TEST(line.at("code") == "webhook_not_found");
}

BOOST_AUTO_TEST_CASE(what_is_no_http_has_its_line_too) {
    client.send("no http\r\n\r\n");
    const auto id = client.receive().header("X-Request-Id");
    client.finish_sending();
    const auto line = line_of(id);
    BOOST_TEST(line.at("status") == 400);
    BOOST_TEST(line.at("code") == "invalid_request");
    BOOST_TEST(line.at("reason").as_string().starts_with("The request is not HTTP/1.1"));
}

BOOST_AUTO_TEST_CASE(what_a_client_sends_stays_within_its_field) {
    const std::string forged = "%0A%7B%22level%22%3A%22error%22%7D%0D%1B%5B31m";
    send("GET", "/v2/session/apps/" + forged + "/webhooks", token.text);
    BOOST_TEST(line_of("find-me").at("app") == "\n{\"level\":\"error\"}\r\x1b[31m");
}

BOOST_AUTO_TEST_CASE(the_log_holds_no_secret) {
    const std::string unknown_token = "sgw_" + std::string(43, 'u');
    add("user.created");
    get_webhook();
    send("GET", webhook_path(), unknown_token);
    send("GET", webhook_path() + "?token=" + token.text, "two words " + token.text);
    post(R"({"event":")" + token.text + R"("})");
    server.tamper(R"(UPDATE webhooks SET events = '["user.exploded"]')");
    BOOST_TEST(get_webhook().status == 500);

    const auto log = server.end_and_read_log();
    BOOST_TEST(log.find("500") != std::string::npos);
    for (const std::string_view secret : {std::string_view(token.text), std::string_view(unknown_token),
                                          verification_token, std::string_view("in-the-query")}) {
        BOOST_TEST(log.find(secret) == std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(a_warning_tells_why_a_request_was_not_served) {
    TestApi api([] {
        Settings settings;
        settings.database.busy_timeout = std::chrono::milliseconds(50);
        return settings;
    }());
    const WriteLock lock(api.server.database());
    BOOST_TEST(api.add("user.created").status == 503);
    const auto lines = api.server.end_and_read_log_lines();
    const auto told = [](const boost::json::object& line) {
        return line.at("level") == "warning" && line.at("message") == "request not served" &&
               line.at("reason").as_string().find("locked") != std::string::npos;
    };
    BOOST_TEST(std::ranges::count_if(lines, told) == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
