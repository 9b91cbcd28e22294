// What callers see while the database cannot be written, and that the daemon recovers by itself.

#include "tests/support/test_server.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

namespace gateway::test {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds brief{200};
constexpr std::chrono::seconds endless{3'600};

Settings busy_for(const milliseconds time) {
    Settings settings;
    settings.database.busy_timeout = time;
    settings.server.request_timeout = endless;
    return settings;
}

void check_unavailable(const Answer& answer, const std::string_view code, const std::string_view message) {
    BOOST_TEST(answer.status == 503);
    BOOST_TEST(answer.code() == code);
    BOOST_TEST(answer.body.at("status").as_string() == "unavailable");
    BOOST_TEST(answer.message() == message);
    BOOST_TEST(answer.header("Retry-After") == "1");
    BOOST_TEST(answer.keep_alive);
}

constexpr std::string_view not_now = "The database cannot be used right now; nothing was written.";
constexpr std::string_view busy = "The server is busy; nothing was written.";

}  // namespace

BOOST_AUTO_TEST_SUITE(storage_trouble_test)

BOOST_AUTO_TEST_CASE(a_write_waits_for_another_process_that_soon_is_done) {
    TestApi api(busy_for(endless));
    WriteLock lock(api.server.database());
    api.client.send(api.add_text("user.created"));
    BOOST_TEST(api.server.request("GET", api.webhook_path(), {api.token.text, {}, {}}).status == 200);
    lock.release();
    BOOST_TEST(api.client.receive().status == 201);
}

BOOST_AUTO_TEST_CASE(a_lock_that_outlasts_busy_timeout_is_503_and_nothing_is_written) {
    TestApi api(busy_for(brief));
    const auto before = api.add("user.created");
    WriteLock lock(api.server.database());
    check_unavailable(api.add("user.deleted"), "storage_unavailable", not_now);
    BOOST_TEST(api.get_webhook().body == before.body);
    lock.release();
    BOOST_TEST(api.get_webhook().body == before.body);
    BOOST_TEST(api.add("user.deleted").status == 201);
}

BOOST_AUTO_TEST_CASE(a_lock_that_outlasts_request_timeout_is_503_and_nothing_is_written) {
    auto settings = busy_for(endless);
    settings.server.request_timeout = brief;
    TestApi api(settings);
    const auto before = api.get_webhook();
    WriteLock lock(api.server.database());
    api.client.send(api.add_text("user.created"));
    const auto answer = api.client.receive();
    BOOST_TEST(answer.status == 503);
    BOOST_TEST(answer.header("Retry-After") == "1");
    lock.release();
    BOOST_TEST(api.get_webhook().body == before.body);
    BOOST_TEST(api.add("user.created").status == 201);
}

BOOST_AUTO_TEST_CASE(a_server_that_cannot_write_is_not_ready_until_it_can) {
    TestApi api(busy_for(endless));
    WriteLock lock(api.server.database());
    const auto answer = api.client.request("GET", "/readyz");
    check_unavailable(answer, "storage_unavailable",
                      "The database did not answer a read and a write in time.");
    BOOST_TEST(api.client.request("GET", "/healthz").status == 200);
    lock.release();
    // A probe that was given up on may still be about to end, either way.
    int status = 0;
    for (int attempt = 0; attempt < 10 && status != 200; ++attempt) {
        api.server.clock.advance(std::chrono::seconds(1));
        status = api.client.request("GET", "/readyz").status;
    }
    BOOST_TEST(status == 200);
}

BOOST_AUTO_TEST_CASE(a_full_write_queue_is_503_at_once_and_what_waits_is_written) {
    auto settings = busy_for(endless);
    settings.database.write_queue = 1;
    TestApi api(settings);
    WriteLock lock(api.server.database());

    // One is at most with the writer and one in the queue: of four, two are refused.
    std::vector<HttpClient> clients;
    std::vector<const HttpClient*> waiting;
    constexpr std::size_t callers = 4;
    clients.reserve(callers);
    waiting.reserve(callers);
    for (std::size_t i = 0; i < callers; ++i)
        clients.push_back(api.server.connect());
    for (auto& client : clients)
        waiting.push_back(&client);
    for (std::size_t i = 0; i < callers; ++i)
        clients[i].send(api.add_text(event_type_names[i]));
    for (int refused = 0; refused < 2; ++refused) {
        const auto index = HttpClient::first_answered(waiting);
        auto& client = clients[static_cast<std::size_t>(waiting[index] - clients.data())];
        check_unavailable(client.receive(), "overloaded", busy);
        waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(index));
    }

    lock.release();
    std::size_t written = 0;
    for (const auto* const client : waiting) {
        const auto answer = clients[static_cast<std::size_t>(client - clients.data())].receive();
        if (answer.status == 201) ++written;
    }
    BOOST_TEST(written >= 1U);
    BOOST_TEST(api.get_webhook().webhook().at("events").as_array().size() == written);
}

BOOST_AUTO_TEST_CASE(a_row_that_cannot_be_read_is_500_with_the_request_id_and_the_reason_in_the_log) {
    TestApi api;
    api.server.tamper(R"(UPDATE webhooks SET events = '["user.exploded"]')");
    api.client.send(api.add_text("user.created", {{"X-Request-Id", "find-me"}}));
    const auto answer = api.client.receive();
    BOOST_TEST(answer.status == 500);
    BOOST_TEST(answer.code() == "internal");
    BOOST_TEST(answer.body.at("status").as_string() == "internal");
    BOOST_TEST(answer.message() == "Something went wrong here; the log tells more under request id find-me.");
    BOOST_TEST(answer.keep_alive);
    BOOST_TEST(api.get_webhook().status == 500);

    const auto lines = api.server.end_and_read_log_lines();
    const auto failed = [](const boost::json::object& line) {
        return line.at("level") == "error" && line.contains("request_id") &&
               line.at("request_id") == "find-me";
    };
    const auto line = std::ranges::find_if(lines, failed);
    BOOST_TEST_REQUIRE((line != lines.end()));
    BOOST_TEST(line->at("operation") == "addWebhookEvent");
    BOOST_TEST(line->at("reason").as_string().find("user.exploded") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_row_that_cannot_be_read_hides_no_other_and_is_told_once_a_minute) {
    TestApi api;
    const auto other = api.server.create_webhook(api.app);
    api.server.tamper("UPDATE webhooks SET updated_at = CURRENT_TIMESTAMP WHERE id = '" + api.webhook + "'");
    const auto list = [&] {
        const auto answer = api.client.request("GET", api.webhooks_path(), {api.token.text, {}, {}});
        BOOST_TEST(answer.status == 200);
        const auto& webhooks = answer.body.at("webhooks").as_array();
        BOOST_TEST_REQUIRE(webhooks.size() == 1U);
        BOOST_TEST(webhooks[0].at("id").as_string() == other);
    };
    list();
    list();
    api.server.clock.advance(std::chrono::minutes(1));
    list();
    BOOST_TEST(api.get_webhook().status == 500);

    int told = 0;
    for (const auto& line : api.server.end_and_read_log_lines()) {
        if (line.at("message") != "a row of the database cannot be read") continue;
        ++told;
        const auto& reason = line.at("reason").as_string();
        BOOST_TEST(reason.find("row " + api.webhook + " of webhooks: updated_at holds ") == 0U, reason);
    }
    BOOST_TEST(told == 2);
}

BOOST_AUTO_TEST_CASE(a_key_whose_row_cannot_be_read_is_refused_and_no_other) {
    TestApi api;
    const auto other = api.server.create_token(api.app);
    BOOST_TEST(api.get_webhook().status == 200);
    api.server.tamper("UPDATE api_tokens SET expires_at = datetime('now', '+1 hour') WHERE id = '" +
                      api.token.id + "'");
    for (int round = 0; round < 2; ++round) {
        BOOST_TEST(api.get_webhook().code() == "invalid_api_token");
        BOOST_TEST(api.add("user.created").code() == "invalid_api_token");
        BOOST_TEST(api.server.request("GET", api.webhook_path(), {other.text, {}, {}}).status == 200);
    }
    int told = 0;
    for (const auto& line : api.server.end_and_read_log_lines()) {
        if (line.at("message") != "a row of the database cannot be read") continue;
        ++told;
        const auto& reason = line.at("reason").as_string();
        BOOST_TEST(reason.find("row " + api.token.id + " of api_tokens: expires_at holds ") == 0U, reason);
    }
    BOOST_TEST(told == 1);
}

BOOST_AUTO_TEST_CASE(a_webhook_whose_row_cannot_be_read_can_be_deleted) {
    TestApi api;
    api.server.tamper(R"(UPDATE webhooks SET events = '["user.exploded"]')");
    BOOST_TEST(api.get_webhook().status == 500);
    const auto remove = [&] {
        return api.client.request("DELETE", api.webhook_path(), {api.token.text, {}, {}});
    };
    BOOST_TEST(remove().status == 200);
    BOOST_TEST(remove().code() == "webhook_not_found");
}

BOOST_AUTO_TEST_CASE(an_app_is_served_whatever_its_row_holds_that_a_request_does_not_need) {
    TestApi api;
    const auto mode = "/v2/session/apps/" + api.app + "/mode";
    const auto call = [&](const std::string& method, const std::string& body) {
        return api.client.request(method, mode, {api.token.text, body, {}});
    };
    api.server.tamper("UPDATE apps SET created_at = 'long ago', updated_at = CURRENT_TIMESTAMP");
    BOOST_TEST(api.get_webhook().status == 200);
    BOOST_TEST(api.add("user.created").status == 201);
    BOOST_TEST(call("GET", {}).body.at("mode").as_string() == "prod");

    api.server.tamper("UPDATE apps SET mode = 'test'");
    BOOST_TEST(api.get_webhook().status == 200);
    BOOST_TEST(api.add("user.deleted").status == 201);
    BOOST_TEST(call("GET", {}).code() == "internal");
    BOOST_TEST(call("PUT", R"({"mode":"dev"})").status == 204);
    BOOST_TEST(call("GET", {}).body.at("mode").as_string() == "dev");

    const auto fault = "row " + api.app + " of apps: mode holds test where dev or prod belongs";
    const auto names_it = [&](const boost::json::object& line) {
        return line.contains("reason") && line.at("reason").as_string().starts_with(fault);
    };
    BOOST_TEST(std::ranges::count_if(api.server.end_and_read_log_lines(), names_it) == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
