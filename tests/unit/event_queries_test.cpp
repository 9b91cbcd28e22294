#include "storage/tables/event_queries.hpp"

#include "tests/support/delivery_rows.hpp"
#include "tests/support/recorded_session.hpp"
#include "tests/support/test_database.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace gateway::storage {

BOOST_AUTO_TEST_SUITE(event_queries_test)

BOOST_AUTO_TEST_CASE(every_statement_walks_an_index) {
    const test::TestClock clock;
    const test::TestFile file{clock};
    test::RecordedSession session{file.path()};
    file.tamper(
        "INSERT INTO apps (id, name, created_at, updated_at) VALUES"
        " ('54e9ujn', '', '2025-03-15T12:00:00.000Z', '2025-03-15T12:00:00.000Z');" +
        test::audience_row(1, "54e9ujn", "user.created", 1) +
        test::audience_row(2, "54e9ujn", "user.deleted", 1) + test::event_rows(1, 1, 100, 2) +
        test::event_rows(2, 2, 100, 2) + test::delivery_rows(1, 1));
    Snapshot snapshot(session, nullptr, clock.now());
    const EventFilter filter{
        .type = {}, .since = clock.now(), .until = clock.now() + std::chrono::seconds(101)};
    const auto page = list_events(snapshot, "54e9ujn", filter, newest, 30);
    BOOST_TEST(page.items.size() == 30U);
    BOOST_TEST(page.items.front().number == 100);
    BOOST_TEST(page.next.value() == 71);
    BOOST_TEST(deliveries_of_event(snapshot, 1).empty());  // its webhook is gone
    BOOST_TEST(find_event(snapshot, "54e9ujn", "evt_0000001").has_value());
    BOOST_TEST(!find_event_of_client(snapshot, "54e9ujn", "c-1").has_value());
    BOOST_TEST(session.count() >= 7U);
    BOOST_TEST(session.slow_plans(file) == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::storage
