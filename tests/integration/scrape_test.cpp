// GET /metrics of a running daemon: who may ask, and whether it tells what was done.

#include "tests/support/delivery_fixture.hpp"
#include "tests/support/metrics_text.hpp"
#include "tests/support/test_server.hpp"
#include "tests/unit/event_rows.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <optional>
#include <string>

namespace gateway::test {

namespace {

using namespace std::chrono_literals;

Settings with(const bool is_public, const bool per_app) {
    Settings settings;
    settings.metrics = {.is_public = is_public, .per_app = per_app};
    return settings;
}

struct Scrape : TestApi {
    explicit Scrape(const Settings& settings = {}) : TestApi(settings) {}

    Token for_all = server.create_token(std::nullopt);

    Answer get(const std::string& key) { return client.request("GET", "/metrics", {key, {}, {}}); }

    /// The value of a line that begins with the program's own name.
    std::optional<double> value(const std::string& line) {
        return metric(get(for_all.text).text, "session_gateway_" + line);
    }
};

struct OpenScrape : Scrape {
    OpenScrape() : Scrape(with(true, false)) {}
};

struct ScrapePerApp : Scrape {
    ScrapePerApp() : Scrape(with(false, true)) {}
};

}  // namespace

BOOST_AUTO_TEST_SUITE(scrape_test)

BOOST_FIXTURE_TEST_CASE(it_takes_a_key_that_is_good_for_all_apps, Scrape) {
    BOOST_TEST(get("").code() == "missing_api_token");
    BOOST_TEST(get("sgw_wrong").code() == "invalid_api_token");
    const auto refused = get(token.text);
    BOOST_TEST(refused.status == 403);
    BOOST_TEST(refused.code() == "all_apps_token_required");
    const auto answer = get(for_all.text);
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.header("Content-Type") == "text/plain; version=0.0.4");
    BOOST_TEST(client.request("HEAD", "/metrics", {for_all.text, {}, {}}).status == 200);
}

BOOST_FIXTURE_TEST_CASE(a_revoked_key_is_refused_though_it_was_good_a_moment_ago, Scrape) {
    BOOST_TEST(get(for_all.text).status == 200);
    server.revoke_token(for_all.id);
    BOOST_TEST(get(for_all.text).code() == "invalid_api_token");
    BOOST_TEST(get(token.text).code() == "all_apps_token_required");
    server.revoke_token(token.id);
    BOOST_TEST(get(token.text).code() == "invalid_api_token");
}

BOOST_FIXTURE_TEST_CASE(the_operator_may_open_it, OpenScrape) {
    BOOST_TEST(get("").status == 200);
    BOOST_TEST(get("sgw_wrong").status == 200);
}

BOOST_FIXTURE_TEST_CASE(it_tells_what_was_done, Scrape) {
    for (int i = 0; i < 3; ++i)
        add("user.created");
    add("no.such.event");
    client.request("GET", "/no/such/path");
    const auto text = get(for_all.text).text;
    const auto ours = [&text](const std::string& line) {
        return metric(text, "session_gateway_" + line).value_or(-1);
    };
    BOOST_TEST(ours(R"(requests_total{operation="addWebhookEvent",status="201"})") == 3);
    BOOST_TEST(ours(R"(requests_total{operation="addWebhookEvent",status="400"})") == 1);
    BOOST_TEST(ours(R"(requests_total{operation="none",status="404"})") == 1);
    BOOST_TEST(ours(R"(request_duration_seconds_count{operation="addWebhookEvent"})") == 4);
    BOOST_TEST(ours("connections") == 1);
    BOOST_TEST(ours(R"(database_jobs_waiting{queue="writes"})") == 0);
    BOOST_TEST(ours("database_group_jobs_sum") >= 3);
    BOOST_TEST(ours("database_size_bytes") > 4'096);
    BOOST_TEST(ours("database_wal_size_bytes") > 0);
    BOOST_TEST(ours("log_lines_dropped_total") == 0);
    BOOST_TEST(ours("delivery_attempts_in_flight") == 0);
    BOOST_TEST(ours("backups_total") == 0);
    BOOST_TEST(ours("backup_failures_total") == 0);
    BOOST_TEST(ours("last_backup_time_seconds") == -1);
    BOOST_TEST(text.find("\nsession_gateway_build_info{version=\"") != std::string::npos);
    BOOST_TEST(text.find(app) == std::string::npos);
    BOOST_TEST(text.find(webhook) == std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(it_tells_of_the_process, Scrape) {
    const auto text = get(for_all.text).text;
    const auto process = [&text](const std::string& line) { return metric(text, "process_" + line).value(); };
    constexpr double mebibyte = 1'048'576;
    const auto now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch());
    BOOST_TEST(process("resident_memory_bytes") > mebibyte);
    BOOST_TEST(process("virtual_memory_bytes") > process("resident_memory_bytes"));
    BOOST_TEST(process("cpu_seconds_total") >= 0);
    BOOST_TEST(process("open_fds") > 5);
    BOOST_TEST(process("max_fds") >= process("open_fds"));
    BOOST_TEST(process("start_time_seconds") < now.count() + 2);
    BOOST_TEST(process("start_time_seconds") > now.count() - 3'600);
}

BOOST_FIXTURE_TEST_CASE(it_tells_what_is_due_and_since_when, Scrape) {
    // Of a webhook whose receiver has asked for a rest, so that it stays.
    const EventRows rows(server);
    const auto number = server.ask("SELECT number FROM webhooks");
    server.ask("INSERT INTO audiences VALUES (1, '" + app + "', 'user.created', '[" + number + "]')");
    server.ask("INSERT INTO webhook_health (webhook, not_before) VALUES (" + number +
               ", '2099-01-01T00:00:00.000Z')");
    server.ask("UPDATE webhooks SET active = 1");
    rows.publish(3, server.clock.now() - 90s, "pending");
    server.ask("UPDATE deliveries SET next_attempt_at = '2099-01-01T00:00:00.000Z' WHERE event = 3");
    // The first look may have been before they were there.
    wait_until([this] { return value("deliveries_due") == 2; }, "a look at what is due");
    BOOST_TEST(value("oldest_due_delivery_age_seconds").value() == 90);
    BOOST_TEST(value("database_free_bytes").value() >= 0);
}

BOOST_FIXTURE_TEST_CASE(it_tells_of_deliveries, DeliveryFixture) {
    std::atomic<int> asked = 0;
    const Receiver receiver([&asked](const ReceivedRequest&) { return answer(asked++ == 0 ? 500 : 200); });
    const auto webhook_number = add_webhook(receiver.url());
    start();
    publish({webhook_number}, 2);
    wait_for_all();
    stop();
    const auto text = db.run(metrics.text());
    const auto ours = [&text](const std::string& line) {
        return metric(text, "session_gateway_" + line).value_or(-1);
    };
    BOOST_TEST(ours(R"(delivery_attempts_total{outcome="http_status"})") == 1);
    BOOST_TEST(ours(R"(delivery_attempts_total{outcome="delivered"})") >= 1);
    BOOST_TEST(ours("delivery_attempt_duration_seconds_count") == ours("delivery_attempt_events_count"));
    BOOST_TEST(ours("deliveries_retried_total") == 2);
    BOOST_TEST(ours("deliveries_expired_total") == 0);
}

BOOST_FIXTURE_TEST_CASE(apps_are_told_apart_where_that_is_wanted, ScrapePerApp) {
    add("user.created");
    client.request("GET", "/v2/session/apps/nowhere/webhooks", {for_all.text, {}, {}});
    client.request("GET", "/v2/session/apps/nowhere/webhooks", {token.text, {}, {}});
    BOOST_TEST(value("app_requests_total{app=\"" + app + R"(",status="201"})").value_or(0) == 1);
    BOOST_TEST(get(for_all.text).text.find("nowhere") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
