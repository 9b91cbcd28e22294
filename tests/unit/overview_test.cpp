#include "storage/tables/overview.hpp"

#include "storage/tables/daemon.hpp"
#include "tests/support/test_database.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace gateway::storage {

namespace {

using namespace std::chrono_literals;

/// With an app and a webhook.
struct Fixture : test::TestTables {
    Fixture() {
        tamper(
            "INSERT INTO apps (id, name, created_at, updated_at) VALUES"
            " ('54e9ujn', '', '2025-03-15T12:00:00.000Z', '2025-03-15T12:00:00.000Z');"
            "INSERT INTO audiences VALUES (1, '54e9ujn', 'user.created', '[1]')");
        add_webhook(1);
    }

    void add_webhook(const int number) const {
        const auto key = std::to_string(number);
        tamper(
            "INSERT INTO webhooks (number, id, app_id, url, events, active, created_at, updated_at,"
            " verification_token_sealed) VALUES (" +
            key + ", 'web_" + key + "', '54e9ujn', 'https://example.com/" + key +
            "', '[]', 1, '2025-03-15T12:00:00.000Z', '2025-03-15T12:00:00.000Z', x'00')");
    }

    /// Events of one moment.
    void add_events(const int count, const std::string& time) const {
        tamper(
            "WITH RECURSIVE each (number) AS (SELECT coalesce(max(number), 0) + 1 FROM events UNION ALL"
            " SELECT number + 1 FROM each LIMIT " +
            std::to_string(count) +
            ") INSERT INTO events (number, id, app_id, type, audience, payload, created_at)"
            " SELECT number, 'evt_' || number, '54e9ujn', 'user.created', 1, '{}', '" +
            time + "' FROM each");
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(overview_test, Fixture)

BOOST_AUTO_TEST_CASE(only_what_came_within_a_minute_makes_the_rate) {
    add_events(5, "2025-03-15T11:58:59.000Z");
    add_events(7, "2025-03-15T11:59:30.000Z");
    BOOST_TEST(read(rates_of_last_minute).events == 7);
}

BOOST_AUTO_TEST_CASE(where_more_came_than_is_counted_the_rate_is_that_of_the_newest) {
    add_events(static_cast<int>(count_limit), "2025-03-15T11:59:50.000Z");
    BOOST_TEST(read(rates_of_last_minute).events == 6 * count_limit);
}

BOOST_AUTO_TEST_CASE(ten_receivers_are_the_worst_and_tell_their_last_failure) {
    for (int number = 2; number < 20; ++number)
        add_webhook(number);
    tamper(
        "INSERT INTO webhook_health (webhook, failures) SELECT number, number FROM webhooks WHERE number < "
        "19;"
        "INSERT INTO attempts (number, id, webhook, started_at, duration_ms, events, outcome) VALUES"
        " (1, 'att_1', 18, '2025-03-15T11:00:00.000Z', 1, '[1]', 'connect'),"
        " (2, 'att_2', 18, '2025-03-15T11:30:00.000Z', 1, '[1]', 'tls')");
    const auto worst = read(worst_receivers);
    BOOST_TEST_REQUIRE(worst.size() == 10U);
    BOOST_TEST(worst.front().webhook_id == "web_18");
    BOOST_TEST(worst.front().last_outcome == "tls");
    BOOST_TEST(!worst.front().last_http_code.has_value());
    BOOST_TEST(worst.back().failures == 9);
}

BOOST_AUTO_TEST_CASE(the_daemon_that_began_last_is_named) {
    BOOST_TEST(!read(last_daemon_start).has_value());
    const auto note = [](const std::string& version) {
        return [version](Transaction& transaction) {
            note_daemon_start(transaction, version);
            return true;
        };
    };
    write(note("1.0.0"));
    clock.advance(1h);
    write(note("1.1.0"));
    const auto start = read(last_daemon_start);
    BOOST_TEST(start->version == "1.1.0");
    BOOST_TEST((start->started_at == clock.now()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::storage
