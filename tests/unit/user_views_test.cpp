// The views that an operator asks about users.

#include "tests/support/delivery_rows.hpp"
#include "tests/support/test_database.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace gateway::test {

namespace {

const std::string time = "'2025-03-15T12:00:00.000Z'";

/// Two users of one app, of whom the first has two identifiers, two sessions and one of two scopes left.
struct Fixture {
    TestFile file;

    Fixture() {
        file.tamper(
            "INSERT INTO apps (id, name, created_at, updated_at) VALUES ('54e9ujn', '', " + time + ", " +
            time +
            "); INSERT INTO users (id, app_id, external_id, status, created_at, updated_at) VALUES"
            " ('usr_1', '54e9ujn', 'c-1', 'blocked', " +
            time + ", " + time + "), ('usr_2', '54e9ujn', NULL, 'active', " + time + ", " + time +
            "); INSERT INTO user_identifiers VALUES (1, 1, 'email_address', 'ada@example.com', '54e9ujn'),"
            " (1, 2, 'phone_number', '+4915123456789', '54e9ujn'),"
            " (2, 1, 'email_address', 'bob@example.com', '54e9ujn');"
            "INSERT INTO user_sessions (user, id, identifier_type, identifier_value, created_at, "
            "last_seen_at) VALUES"
            " (1, 'ses_1', 'email_address', 'ada@example.com', " +
            time + ", " + time +
            "),"
            " (1, 'ses_2', 'phone_number', '+4915123456789', " +
            time + ", " + time +
            ");"
            "INSERT INTO app_scopes VALUES (1, '54e9ujn', 'read', NULL), (2, '54e9ujn', 'write', " +
            time +
            ");"
            "INSERT INTO user_scopes VALUES (1, 1), (1, 2);");
    }

    /// That SQLite finds the rows by an index, wherever tables are large.
    void check_plan(const std::string& select) const {
        const auto plan = file.ask("EXPLAIN QUERY PLAN " + select);
        for (const auto* const table : {"users", "user_identifiers", "user_sessions", "user_scopes",
                                        "app_scopes", "events", "deliveries", "webhooks"})
            BOOST_TEST(plan.find("SCAN " + std::string(table)) == std::string::npos, plan);
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(user_views_test, Fixture)

BOOST_AUTO_TEST_CASE(the_users_of_an_app_are_told_with_what_they_have) {
    const std::string select =
        "SELECT user_id, external_id, status, identifiers, scopes, live_sessions FROM user_overview"
        " WHERE app_id = '54e9ujn'";
    BOOST_TEST(file.ask(select) ==
               "usr_1|c-1|blocked|ada@example.com, +4915123456789|read|2\n"
               "usr_2|NULL|active|bob@example.com||0");
    check_plan(select);
}

BOOST_AUTO_TEST_CASE(who_has_an_address_is_found_by_the_address_alone) {
    const std::string select =
        "SELECT user_id, app_id, type, status FROM identifier_owners WHERE value = 'ada@example.com'";
    BOOST_TEST(file.ask(select) == "usr_1|54e9ujn|email_address|blocked");
    check_plan(select);
}

BOOST_AUTO_TEST_CASE(the_live_sessions_of_a_user_are_told_newest_first) {
    const std::string select =
        "SELECT session_id, identifier_value FROM live_sessions WHERE user_id = 'usr_1'";
    BOOST_TEST(file.ask(select) == "ses_2|+4915123456789\nses_1|ada@example.com");
    check_plan(select);
}

BOOST_AUTO_TEST_CASE(what_happened_to_a_user_is_told_with_what_became_of_it) {
    file.tamper(
        "INSERT INTO webhooks (number, id, app_id, url, events, created_at, updated_at, "
        "verification_token_sealed)"
        " VALUES (1, 'web_1', '54e9ujn', '', '[]', " +
        time + ", " + time + ", x'01');" + audience_row(1, "54e9ujn", "user.created", 1) +
        event_rows(1, 1, 3) + delivery_rows(1, 1) +
        "UPDATE events SET user_id = 'usr_9' WHERE number <> 2; DELETE FROM deliveries WHERE event = 3;");
    const std::string select =
        "SELECT event_id, type, webhook_id, state FROM user_history WHERE user_id = 'usr_9'";
    BOOST_TEST(file.ask(select) ==
               "evt_0000001|user.created|web_1|pending\nevt_0000003|user.created|NULL|NULL");
    check_plan(select);
    BOOST_TEST(file.ask("EXPLAIN QUERY PLAN " + select).find("events_by_user") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
