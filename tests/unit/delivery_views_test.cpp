// The views that an operator asks about deliveries.

#include "tests/support/delivery_rows.hpp"
#include "tests/support/test_database.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace gateway::test {

namespace {

/// The machine's time, some seconds from now, as SQL.
std::string in(const std::string& seconds) {
    return "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '" + seconds + " seconds')";
}

/// Webhook 1 has three deliveries that were never tried, webhook 2 one that failed; webhook 3 has none.
struct Fixture {
    TestFile file;

    Fixture() {
        change(
            "INSERT INTO apps (id, name, created_at, updated_at) VALUES"
            " ('54e9ujn', '', '2025-03-15T12:00:00.000Z', '2025-03-15T12:00:00.000Z');");
        for (const auto* const number : {"1", "2", "3"})
            change(
                "INSERT INTO webhooks (number, id, app_id, url, events, active, created_at, updated_at,"
                " verification_token_sealed) VALUES (" +
                std::string(number) + ", 'web_" + number +
                "', '54e9ujn', 'https://shop.example/', '[]', 1, '2025-03-15T12:00:00.000Z',"
                " '2025-03-15T12:00:00.000Z', x'01');");
        change(
            audience_row(1, "54e9ujn", "user.created", 1) + audience_row(2, "54e9ujn", "user.created", 2) +
            event_rows(1, 1, 3) + event_rows(2, 4, 1) + delivery_rows(1, 1) + delivery_rows(2, 2) +
            "UPDATE deliveries SET attempts = 1, last_failure = 'timeout', next_attempt_at = " + in("-60") +
            " WHERE webhook = 2; UPDATE events SET created_at = " + in("-100") + " WHERE number = 1;");
    }

    void change(const std::string& sql) const { file.tamper(sql); }

    [[nodiscard]] std::string why(const int webhook) const {
        return file.ask("SELECT why FROM webhook_backlog WHERE webhook_id = 'web_" + std::to_string(webhook) +
                        "'");
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(delivery_views_test, Fixture)

BOOST_AUTO_TEST_CASE(the_backlog_tells_what_waits_and_for_how_long) {
    BOOST_TEST(file.ask("SELECT webhook_id, app_id, pending, due_for_seconds BETWEEN 100 AND 300"
                        " FROM webhook_backlog WHERE webhook_id = 'web_1'") == "web_1|54e9ujn|3|1");
    BOOST_TEST(file.ask("SELECT pending, due_for_seconds BETWEEN 60 AND 260"
                        " FROM webhook_backlog WHERE webhook_id = 'web_2'") == "1|1");
    BOOST_TEST(file.ask("SELECT count(*) FROM webhook_backlog") == "2");
    BOOST_TEST(why(1) == "it is being sent");
}

BOOST_AUTO_TEST_CASE(the_backlog_tells_why_it_waits) {
    change(
        "INSERT INTO webhook_health (webhook, failures, failing_since, not_before) VALUES"
        " (2, 3, '2025-03-15T12:00:00.000Z', '2999-01-01T00:00:00.000Z');"
        "INSERT INTO attempts VALUES (1, 'att_1', 2, '2025-03-15T12:00:00.000Z', 1, '[4]', NULL, 'timeout', "
        "NULL)");
    BOOST_TEST(why(2) ==
               "its receiver fails since 2025-03-15T12:00:00.000Z (timeout); it is called again at "
               "2999-01-01T00:00:00.000Z");
    change("UPDATE webhook_health SET not_before = NULL");
    BOOST_TEST(why(2) == "its receiver failed last (timeout)");
    change("UPDATE deliveries SET next_attempt_at = '2999-01-01T00:00:00.000Z' WHERE webhook = 2");
    BOOST_TEST(why(2) == "all of it failed and is due later");
    BOOST_TEST(file.ask("SELECT due_for_seconds FROM webhook_backlog WHERE webhook_id = 'web_2'") == "NULL");
    change("UPDATE webhooks SET active = 0");
    BOOST_TEST(why(1) == "the webhook is inactive");
    change(
        "UPDATE webhook_health SET deactivated_at = '2025-03-15T12:00:00.000Z', deactivated_because = "
        "'failing'");
    BOOST_TEST(why(2) == "the webhook is inactive since 2025-03-15T12:00:00.000Z: failing");
}

BOOST_AUTO_TEST_CASE(what_failed_is_listed) {
    BOOST_TEST(file.ask("SELECT webhook_id, event_id, attempts, last_failure FROM stuck_deliveries") ==
               "web_2|evt_0000004|1|timeout");
    change(
        "INSERT INTO webhook_health (webhook, failures, failing_since) VALUES"
        " (1, 0, NULL), (2, 2, '2025-03-15T12:00:00.000Z');"
        "INSERT INTO attempts VALUES (1, 'att_1', 2, '2025-03-15T12:00:00.000Z', 1, '[4]', NULL, 'timeout', "
        "NULL),"
        " (2, 'att_2', 2, '2025-03-15T12:01:00.000Z', 1, '[4]', 503, 'http_status', 'busy')");
    BOOST_TEST(
        file.ask("SELECT webhook_id, failing_since, failures, last_outcome, last_http_code, last_response"
                 " FROM failing_receivers") == "web_2|2025-03-15T12:00:00.000Z|2|http_status|503|busy");
    change(
        "UPDATE webhooks SET active = 0 WHERE number = 2;"
        "UPDATE webhook_health SET deactivated_at = '2025-03-20T12:00:00.000Z', deactivated_because = 'gone'"
        " WHERE webhook = 2");
    BOOST_TEST(
        file.ask(
            "SELECT webhook_id, deactivated_at, deactivated_because, pending FROM deactivated_webhooks") ==
        "web_2|2025-03-20T12:00:00.000Z|gone|1");
}

BOOST_AUTO_TEST_CASE(what_was_sent_within_the_hour_is_summed_up) {
    change("INSERT INTO attempts VALUES (1, 'att_1', 1, " + in("-7200") +
           ", 5, '[1]', 200, 'delivered', NULL);" + "INSERT INTO attempts VALUES (2, 'att_2', 1, " +
           in("-60") + ", 10, '[1,2]', 200, 'delivered', NULL);" +
           "INSERT INTO attempts VALUES (3, 'att_3', 1, " + in("-50") +
           ", 20, '[3]', NULL, 'timeout', NULL);" + "INSERT INTO attempts VALUES (4, 'att_4', 9, " +
           in("-40") + ", 7, '[3]', NULL, 'timeout', NULL);");
    BOOST_TEST(file.ask("SELECT * FROM sent_last_hour") ==
               "web_1|54e9ujn|2|1|2|15|20\ndeleted: 9|NULL|1|1|0|7|7");
}

BOOST_AUTO_TEST_CASE(replays_are_told_with_their_webhooks) {
    change(
        "INSERT INTO replays (id, webhook, since, position, last_event, matched, queued, created_at) VALUES"
        " ('rpl_1', 3, '2025-03-15T12:00:00.000Z', 3, 9, 5, 2, '2025-03-15T12:00:00.000Z')");
    BOOST_TEST(file.ask("SELECT replay_id, webhook_id, status, queued, matched FROM replay_overview") ==
               "rpl_1|web_3|running|2|5");
}

BOOST_AUTO_TEST_CASE(no_view_walks_a_large_table) {
    for (const std::string view : {"webhook_backlog", "stuck_deliveries", "failing_receivers",
                                   "deactivated_webhooks", "sent_last_hour", "replay_overview"}) {
        const auto plan = file.ask("EXPLAIN QUERY PLAN SELECT * FROM " + view);
        for (const auto* const table : {"deliveries", "attempts", "events", "last"})
            BOOST_TEST(plan.find("SCAN " + std::string(table)) == std::string::npos, view << ": " << plan);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
