#include "storage/engine/transaction.hpp"
#include "storage/tables/backlog.hpp"
#include "tests/support/recorded_session.hpp"
#include "tests/support/test_database.hpp"
#include "tests/unit/event_rows.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>

namespace gateway::storage {

namespace {

using namespace std::chrono_literals;

struct Fixture : test::TestTables {
    test::EventRows<test::TestTables> rows{*this};

    Fixture() { rows.add_app("54e9ujn"); }

    /// Active, from the number 1 on.
    void add_webhooks(const int count) const {
        for (int number = 1; number <= count; ++number)
            rows.add_webhook(number);
        ask("UPDATE webhooks SET active = 1");
    }

    Backlog backlog(const Backlog& so_far = {}) {
        return read([&so_far](Snapshot& snapshot) { return find_backlog(snapshot, so_far); });
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(due_backlog_test, Fixture)

BOOST_AUTO_TEST_CASE(with_nothing_pending_nothing_is_due) {
    const auto found = backlog();
    BOOST_TEST(found.due == 0);
    BOOST_TEST(!found.oldest.has_value());
    BOOST_TEST(found.ended);
}

BOOST_AUTO_TEST_CASE(what_waits_for_its_next_attempt_is_due_when_that_has_come) {
    add_webhooks(1);
    rows.add_audience(1, "[1]");
    rows.publish(2, clock.now() - 1h, "delivered");
    rows.publish(3, clock.now() - 60s, "pending");
    const auto in = [this](const std::chrono::milliseconds time) {
        return "'" + format_timestamp(clock.now() + time) + "'";
    };
    ask("UPDATE deliveries SET next_attempt_at = " + in(-90s) + " WHERE event = 4");
    ask("UPDATE deliveries SET next_attempt_at = " + in(1s) + " WHERE event = 5");
    BOOST_TEST(backlog().due == 2);
    BOOST_TEST((backlog().oldest == clock.now() - 90s));
    clock.advance(1s);
    BOOST_TEST(backlog().due == 3);
}

BOOST_AUTO_TEST_CASE(webhooks_are_looked_at_in_stretches) {
    add_webhooks(250);
    std::string webhooks;
    for (int i = 1; i <= 250; ++i)
        webhooks += (i > 1 ? "," : "") + std::to_string(i);
    rows.add_audience(1, "[" + webhooks + "]");
    rows.publish(2, clock.now(), "pending");
    const auto first = backlog();
    BOOST_TEST(first.due == 400);
    BOOST_TEST(!first.ended);
    BOOST_TEST(first.last_webhook == 200);
    const auto both = backlog(first);
    BOOST_TEST(both.due == 500);
    BOOST_TEST(both.ended);
}

BOOST_AUTO_TEST_CASE(what_waits_for_an_inactive_webhook_is_not_late) {
    add_webhooks(2);
    ask("UPDATE webhooks SET active = 0 WHERE number = 1");
    rows.add_audience(1, "[1,2]");
    rows.publish(3, clock.now() - 1h, "pending");
    ask("UPDATE deliveries SET state = 'delivered' WHERE webhook = 2");
    BOOST_TEST(backlog().due == 0);
    BOOST_TEST(!backlog().oldest.has_value());
    BOOST_TEST(backlog().ended);
}

BOOST_AUTO_TEST_CASE(a_time_that_is_none_hides_nothing) {
    add_webhooks(1);
    rows.add_audience(1, "[1]");
    rows.publish(1, clock.now() - 5s, "pending");
    tamper("UPDATE events SET created_at = 'yesterday'");
    BOOST_TEST(backlog().due == 1);
    BOOST_TEST(!backlog().oldest.has_value());
}

BOOST_AUTO_TEST_CASE(no_statement_walks_through_a_table) {
    const test::TestFile file;
    test::RecordedSession session(file.path());
    const test::EventRows<test::TestFile> others(file);
    others.add_app("54e9ujn");
    others.add_webhook(1);
    file.ask("UPDATE webhooks SET active = 1");
    others.add_audience(1, "[1]");
    others.publish(1, clock.now(), "pending");
    session.begin_snapshot();
    Snapshot snapshot(session, nullptr, clock.now());
    BOOST_TEST(find_backlog(snapshot, {}).due == 1);
    BOOST_TEST(session.slow_plans(file) == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::storage
