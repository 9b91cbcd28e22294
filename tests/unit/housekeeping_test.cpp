#include "server/delivery/housekeeping.hpp"

#include "storage/tables/audiences.hpp"
#include "tests/support/test_database.hpp"
#include "tests/unit/event_rows.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace gateway::delivery {

namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using storage::Severity;

/// An app with a webhook and an audience of it, kept by the default rules.
struct Fixture {
    test::TestDatabase db{{.busy_timeout = 100ms}};
    test::EventRows<test::TestDatabase> rows{db};
    Intake intake;
    Feed feed;
    std::chrono::milliseconds uptime{0};
    KeepingRules rules{.expire_after = days(14), .retention = {}};
    std::optional<Housekeeping> housekeeping;

    Fixture() {
        rows.add_app("54e9ujn");
        rows.add_webhook(1);
        rows.add_audience(1, "[1]");
    }

    [[nodiscard]] Timestamp ago(const std::chrono::milliseconds age) const { return db.clock.now() - age; }

    void start() {
        housekeeping.emplace(db.database(), rules, intake, &feed, db.clock, db.reports,
                             [this] { return std::chrono::steady_clock::time_point(uptime); });
    }

    /// Turns until there is no more to do at once; gives how many it took.
    int keep_house() {
        if (!housekeeping) start();
        int turns = 1;
        while (db.run(housekeeping->turn()))
            ++turns;
        return turns;
    }

    void pass(const std::chrono::milliseconds time) {
        db.clock.advance(time);
        uptime += time;
    }

    /// A user with so many sessions.
    void add_sessions(const int sessions, const Timestamp at) const {
        db.ask(
            "INSERT OR IGNORE INTO users (number, id, app_id, created_at, updated_at) VALUES"
            " (1, 'usr_1', '54e9ujn', '2025-03-15T12:00:00.000Z', '2025-03-15T12:00:00.000Z')");
        db.ask("WITH RECURSIVE each (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM each LIMIT " +
               std::to_string(sessions) +
               ") INSERT INTO user_sessions (user, id, identifier_type, identifier_value, created_at,"
               " last_seen_at) SELECT 1, 'ses_" +
               format_timestamp(at) + "' || i, 'phone_number', '', '" + format_timestamp(at) + "', '" +
               format_timestamp(at) + "' FROM each");
    }

    [[nodiscard]] std::string count(const std::string& what) const {
        return db.ask("SELECT count(*) FROM " + what);
    }

    [[nodiscard]] std::string states() const {
        return db.ask(
            "SELECT group_concat(state || ' ' || n) FROM"
            " (SELECT state, count(*) AS n FROM deliveries GROUP BY state ORDER BY state)");
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(housekeeping_test, Fixture)

// Expiry

BOOST_AUTO_TEST_CASE(what_was_pending_for_too_long_expires_whether_its_webhook_is_active_or_not) {
    rows.publish(300, ago(days(15)), "pending");
    rows.publish(1, ago(days(14)), "pending");
    rows.publish(2, ago(days(14) - 1ms), "pending");
    rows.publish(1, ago(0ms), "pending");
    db.ask("UPDATE deliveries SET next_attempt_at = '2025-03-15T13:00:00.000Z' WHERE event = 7");
    keep_house();
    BOOST_TEST(states() == "expired 301,pending 3");
    BOOST_TEST(db.ask("SELECT state, next_attempt_at FROM deliveries WHERE event = 7") == "expired|NULL");
    pass(1ms);
    keep_house();
    BOOST_TEST(states() == "expired 303,pending 1");
}

BOOST_AUTO_TEST_CASE(other_rules_hold_from_the_next_turn_on) {
    rows.publish(10, ago(days(5)));
    rows.publish(1, ago(0ms));
    intake.close();
    rules.retention = {.events = days(30), .attempts = days(30), .max_size = 1'000'000'000};
    keep_house();
    BOOST_TEST(count("events") == "11");
    intake.close();
    rules.retention = {.events = days(3), .attempts = days(30), .max_size = 0};
    housekeeping->apply(rules);
    keep_house();
    BOOST_TEST(count("events") == "1");
    BOOST_TEST(!intake.is_closed());
}

BOOST_AUTO_TEST_CASE(whoever_delivers_is_told_of_what_expired) {
    rows.publish(3, ago(days(15)), "pending");
    rows.publish(1, ago(0ms));
    keep_house();
    BOOST_TEST((feed.take().webhooks == std::vector<std::int64_t>{1}));
}

BOOST_AUTO_TEST_CASE(what_was_queued_again_expires_by_its_own_time) {
    rows.publish(300, ago(days(15)), "pending");
    rows.publish(1, ago(0ms), "pending");
    db.ask("UPDATE deliveries SET expires_at = '" + format_timestamp(ago(0ms)) + "' WHERE event <= 250");
    db.ask("UPDATE deliveries SET expires_at = '" + format_timestamp(ago(-1ms)) + "' WHERE event > 250");
    keep_house();
    BOOST_TEST(states() == "expired 250,pending 51");
    pass(1ms);
    keep_house();
    BOOST_TEST(states() == "expired 301");
}

BOOST_AUTO_TEST_CASE(a_start_goes_through_all_deliveries_again_and_then_only_on) {
    rows.publish(5'000, ago(days(15)));
    rows.publish(1, ago(0ms), "pending");
    keep_house();
    BOOST_TEST(keep_house() == 1);
    db.ask("UPDATE deliveries SET state = 'pending' WHERE event IN (10, 4000)");  // by hand
    keep_house();
    BOOST_TEST(states() == "delivered 4998,pending 3");
    start();
    keep_house();
    BOOST_TEST(states() == "delivered 4998,expired 2,pending 1");
}

BOOST_AUTO_TEST_CASE(an_event_of_many_webhooks_expires_in_parts) {
    std::string members = "[1";
    for (int number = 2; number <= 450; ++number)
        members += "," + std::to_string(number);
    rows.add_audience(2, members + "]");
    rows.publish(1, ago(days(15)), "pending", 2);
    rows.publish(1, ago(0ms));
    for (int number = 2; number <= 450; ++number)
        rows.add_webhook(number);
    BOOST_TEST(keep_house() >= 3);
    BOOST_TEST(states() == "delivered 1,expired 450");
}

BOOST_AUTO_TEST_CASE(what_could_not_be_written_is_written_when_the_database_takes_writes_again) {
    rows.publish(300, ago(days(31)));
    rows.publish(300, ago(days(15)), "pending");
    rows.publish(1, ago(0ms));
    start();
    {
        const SQLite::Database other(db.file().path().string(), SQLite::OPEN_READWRITE);
        SQLite::Statement(other, "BEGIN IMMEDIATE").executeStep();
        BOOST_CHECK_THROW(db.run(housekeeping->turn()), Unavailable);
        BOOST_CHECK_THROW(db.run(housekeeping->turn()), Unavailable);
    }
    keep_house();
    BOOST_TEST(states() == "delivered 1,expired 300");
}

// Retention

BOOST_AUTO_TEST_CASE(old_events_go_with_their_deliveries_and_attempts_by_their_own_age) {
    rows.publish(500, ago(days(30)));
    rows.publish(3, ago(days(30)), "expired");
    rows.publish(2, ago(days(30) - 1ms));
    rows.publish(1, ago(0ms));
    rows.attempt(450, ago(days(30)));
    rows.attempt(2, ago(days(29)));
    rules.retention.attempts = days(29) + 1ms;
    start();
    keep_house();
    BOOST_TEST(count("events") == "3");
    BOOST_TEST(count("deliveries") == "3");
    BOOST_TEST(count("attempts") == "2");
    pass(1ms);
    keep_house();
    BOOST_TEST(count("events") == "1");
    BOOST_TEST(count("attempts") == "1");
}

BOOST_AUTO_TEST_CASE(what_is_kept_for_ever_is_kept) {
    rows.publish(2, ago(days(3'000)));
    rows.publish(1, ago(0ms));
    rows.attempt(3, ago(days(3'000)));
    rules.retention = {.events = 0ms, .attempts = 0ms};
    start();
    keep_house();
    BOOST_TEST(count("events") == "3");
    BOOST_TEST(count("attempts") == "3");
}

BOOST_AUTO_TEST_CASE(an_event_that_is_still_to_be_delivered_stays_and_is_seldom_looked_at) {
    rules.expire_after = days(60);
    rows.publish(1'200, ago(days(31)), "pending");
    rows.publish(1, ago(days(31)));
    rows.publish(1, ago(0ms));
    BOOST_TEST(keep_house() > 1);
    BOOST_TEST(count("events") == "1201");
    BOOST_TEST(keep_house() == 1);
    db.ask("UPDATE deliveries SET state = 'delivered' WHERE event = 5");
    pass(59min);
    BOOST_TEST(keep_house() == 1);
    pass(1min);
    keep_house();
    BOOST_TEST(count("events") == "1200");
    BOOST_TEST(count("events WHERE number = 5") == "0");
}

BOOST_AUTO_TEST_CASE(one_job_takes_few_rows_however_many_webhooks_an_event_went_to) {
    std::string members = "[1";
    for (int number = 2; number <= 450; ++number)
        members += "," + std::to_string(number);
    rows.add_audience(2, members + "]");
    rows.publish(2, ago(days(31)), "delivered", 2);
    rows.publish(1, ago(0ms));
    start();
    int before = 901;
    while (db.run(housekeeping->turn())) {
        const int now = std::stoi(count("deliveries"));
        BOOST_TEST(before - now <= 200);
        before = now;
    }
    BOOST_TEST(count("events") == "1");
    BOOST_TEST(count("deliveries") == "1");
}

BOOST_AUTO_TEST_CASE(audiences_go_when_their_last_event_has_gone) {
    rows.add_audience(2, "[1,2]");
    rows.add_audience(3, "[]");
    rows.publish(1, ago(days(30) - 1ms), "delivered", 2);
    rows.publish(1, ago(0ms), "delivered", 3);
    keep_house();
    BOOST_TEST(db.ask("SELECT number FROM audiences") == "2\n3");
    pass(1ms);
    keep_house();
    BOOST_TEST(count("events") == "1");
    pass(1min);
    keep_house();
    BOOST_TEST(db.ask("SELECT number FROM audiences") == "3");
    BOOST_TEST(count("audience_members") == "0");
}

BOOST_AUTO_TEST_CASE(an_audience_that_went_is_made_again_when_an_event_comes) {
    const auto find = [](storage::Transaction& transaction) {
        return storage::current_audience(transaction, "54e9ujn", EventType::user_deleted).number;
    };
    keep_house();
    db.write(find);
    pass(1min);
    keep_house();
    BOOST_TEST(count("audiences") == "0");
    const auto number = db.write(find);
    BOOST_TEST(db.ask("SELECT number FROM audiences") == std::to_string(number));
}

// What is left of the deleted

BOOST_AUTO_TEST_CASE(what_a_deleted_webhook_leaves_goes_except_what_goes_with_its_events) {
    rows.add_webhook(2);
    rows.add_audience(2, "[1,2]");
    rows.publish(300, ago(1h), "pending", 2);
    rows.publish(300, ago(1h), "expired", 2);
    rows.publish(10, ago(1h), "delivered", 2);
    rows.attempt(300, ago(1h), 2);
    rows.attempt(5, ago(1h), 1);
    db.ask("DELETE FROM webhooks WHERE number = 2");
    keep_house();
    BOOST_TEST(db.ask("SELECT webhook, state, count(*) FROM deliveries GROUP BY webhook, state") ==
               "1|delivered|10\n1|expired|300\n1|pending|300\n2|delivered|10");
    BOOST_TEST(count("attempts") == "5");
}

BOOST_AUTO_TEST_CASE(events_of_an_app_that_somebody_deleted_by_hand_go) {
    rows.add_app("other77");
    rows.add_audience(2, "[]", "other77");
    rows.publish(300, ago(1h), "pending", 1);
    rows.publish(1, ago(1h), "pending", 2);
    db.ask("DELETE FROM apps WHERE id = '54e9ujn'");
    keep_house();
    BOOST_TEST(db.ask("SELECT app_id FROM events") == "other77");
    BOOST_TEST(db.ask("SELECT app_id FROM audiences") == "other77");
    BOOST_TEST(count("deliveries") == "0");
}

// Sessions and scopes

BOOST_AUTO_TEST_CASE(sessions_end_by_their_age_as_many_at_a_time_as_whoever_ends_them_likes) {
    rules.session_age = days(400);
    int jobs = 0;
    rules.end_sessions = [&jobs](storage::Transaction& transaction, const auto sessions) {
        ++jobs;
        BOOST_TEST(sessions.size() <= 200U);
        const auto done = std::min<std::size_t>(sessions.size(), 60);
        for (const auto session : sessions.first(done))
            transaction.execute("DELETE FROM user_sessions WHERE number = ?", session);
        return done;
    };
    add_sessions(1, ago(-days(1)));  // from a time when the clock was ahead
    add_sessions(250, ago(days(401)));
    add_sessions(1, ago(days(400)));
    add_sessions(3, ago(days(400) - 1ms));
    rows.publish(1, ago(0ms));
    keep_house();
    BOOST_TEST(count("user_sessions") == "4");
    BOOST_TEST(jobs == 5);
    pass(1ms);
    keep_house();
    BOOST_TEST(count("user_sessions") == "1");
    add_sessions(1, ago(days(401)));  // has a number that was another's
    keep_house();
    BOOST_TEST(count("user_sessions") == "1");
}

BOOST_AUTO_TEST_CASE(without_an_age_sessions_stay) {
    rules.end_sessions = [](storage::Transaction&, const auto sessions) {
        BOOST_ERROR("nothing was to end");
        return sessions.size();
    };
    add_sessions(3, ago(days(4'000)));
    rows.publish(1, ago(0ms));
    keep_house();
    BOOST_TEST(count("user_sessions") == "3");
}

BOOST_AUTO_TEST_CASE(what_a_removed_scope_leaves_goes_in_parts) {
    db.ask(
        "INSERT INTO app_scopes VALUES (1, '54e9ujn', 'read', '2025-03-15T12:00:00.000Z'),"
        " (2, '54e9ujn', 'write', NULL)");
    db.ask(
        "WITH RECURSIVE each (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM each LIMIT 450)"
        " INSERT INTO users (id, app_id, created_at, updated_at) SELECT 'usr_' || i, '54e9ujn',"
        " '2025-03-15T12:00:00.000Z', '2025-03-15T12:00:00.000Z' FROM each");
    db.ask("INSERT INTO user_scopes SELECT users.number, app_scopes.number FROM users, app_scopes");
    start();
    BOOST_TEST(db.run(housekeeping->turn()));
    BOOST_TEST(count("user_scopes WHERE scope = 1") == "250");
    keep_house();
    BOOST_TEST(db.ask("SELECT number FROM app_scopes") == "2");
    BOOST_TEST(count("user_scopes") == "450");
}

// The clock

BOOST_AUTO_TEST_CASE(a_clock_that_jumps_takes_nothing_away_for_an_hour) {
    rows.publish(1, ago(days(1)), "pending");
    rows.publish(2, ago(0ms), "pending");
    keep_house();
    db.clock.advance(days(365));
    keep_house();
    BOOST_TEST(states() == "pending 3");
    BOOST_TEST(db.reports.count(Severity::warning, "the clock was moved by 525600 minutes") == 1);
    pass(59min);
    keep_house();
    BOOST_TEST(states() == "pending 3");
    db.clock.advance(-days(365));  // somebody saw it
    keep_house();
    pass(2h);
    keep_house();
    BOOST_TEST(states() == "pending 3");
    BOOST_TEST(db.reports.count(Severity::warning, "the clock was moved") == 2);
    db.clock.advance(days(20));  // it was meant
    keep_house();
    pass(1h);
    keep_house();
    BOOST_TEST(states() == "expired 3");
}

BOOST_AUTO_TEST_CASE(a_start_far_from_the_newest_event_waits_as_well) {
    rows.publish(3, ago(days(40)));
    rows.attempt(3, ago(days(40)));
    keep_house();
    BOOST_TEST(count("events") == "3");
    BOOST_TEST(db.reports.count(Severity::warning, "") == 0);
    pass(1h);
    keep_house();
    BOOST_TEST(count("events") == "1");
}

BOOST_AUTO_TEST_CASE(rows_dated_in_the_future_do_not_keep_older_ones_behind_them) {
    rows.publish(10, ago(-days(100)), "pending");
    rows.publish(10, ago(days(31)), "delivered");
    rows.publish(10, ago(days(15)), "pending");
    rows.publish(1, ago(0ms));
    rows.attempt(10, ago(-days(100)));
    rows.attempt(10, ago(days(31)));
    rows.attempt(1, ago(0ms));
    keep_house();
    BOOST_TEST(states() == "delivered 1,expired 10,pending 10");
    BOOST_TEST(count("attempts") == "11");
}

// Size

BOOST_AUTO_TEST_CASE(freed_pages_are_given_back_but_for_a_small_stock) {
    rows.publish(40'000, ago(days(31)));
    rows.publish(1, ago(0ms));
    const int before = std::stoi(db.ask("PRAGMA page_count"));
    keep_house();
    const int after = std::stoi(db.ask("PRAGMA page_count"));
    BOOST_TEST(before > 1'000);
    BOOST_TEST(after < 400);
    BOOST_TEST(std::stoi(db.ask("PRAGMA freelist_count")) <= 256);
}

BOOST_AUTO_TEST_CASE(over_its_limit_the_oldest_go_before_their_time_then_attempts) {
    rules.retention.max_size = 1'000'000;
    rows.publish(30'000, ago(1h));
    rows.publish(100, ago(1h), "pending");
    rows.attempt(10, ago(1h));
    keep_house();
    const auto kept = std::stoi(count("events WHERE number <= 30000"));
    BOOST_TEST(kept > 100);
    BOOST_TEST(kept < 15'000);
    BOOST_TEST(db.ask("SELECT min(number) > 10000 AND max(number) = 30100 FROM events") == "1");
    BOOST_TEST(count("attempts") == "10");
    BOOST_TEST(!intake.is_closed());
}

BOOST_AUTO_TEST_CASE(when_nothing_may_go_no_events_are_taken_until_there_is_room) {
    rules.retention.max_size = 1'000'000;
    rows.publish(10'000, ago(1h), "pending");
    rows.attempt(300, ago(1h));
    keep_house();
    BOOST_TEST(intake.is_closed());
    BOOST_TEST(count("events") == "10000");
    BOOST_TEST(count("attempts") == "1");
    BOOST_TEST(db.reports.count(Severity::error, "more than retention.max_size (1 MiB)") == 1);
    keep_house();
    BOOST_TEST(db.reports.count(Severity::error, "retention.max_size") == 1);

    db.ask("UPDATE deliveries SET state = 'delivered' WHERE event <= 9000");
    pass(5s);
    keep_house();
    BOOST_TEST(!intake.is_closed());
    BOOST_TEST(db.reports.count(Severity::info, "events are taken again") == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::delivery
