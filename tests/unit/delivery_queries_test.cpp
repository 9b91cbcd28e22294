#include "storage/tables/delivery_queries.hpp"

#include "storage/tables/apps.hpp"
#include "tests/support/delivery_rows.hpp"
#include "tests/support/recorded_session.hpp"
#include "tests/support/test_database.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace gateway::storage {

namespace {

using namespace std::chrono_literals;
using test::audience_row;
using test::delivery_rows;
using test::event_rows;

/// An app whose webhook 1 is in three audiences: user.created and user.deleted take turns to 1..20, and of
/// 21..30 one set more of user.created. Every third of all is expired, every third delivered; of the others
/// half failed once.
struct Fixture {
    test::TestClock clock;
    test::TestFile file{clock};
    test::RecordedSession session{file.path()};

    Fixture() {
        change(
            "INSERT INTO apps (id, name, created_at, updated_at) VALUES"
            " ('54e9ujn', '', '2025-03-15T12:00:00.000Z', '2025-03-15T12:00:00.000Z');" +
            audience_row(1, "54e9ujn", "user.created", 1) + audience_row(2, "54e9ujn", "user.deleted", 1) +
            audience_row(3, "54e9ujn", "user.created", 1) + event_rows(1, 1, 10, 2) +
            event_rows(2, 2, 10, 2) + event_rows(3, 21, 10) + delivery_rows(1, 1) + delivery_rows(2, 1) +
            delivery_rows(3, 1) +
            "UPDATE deliveries SET state = 'delivered' WHERE event % 3 = 1;"
            "UPDATE deliveries SET state = 'expired', attempts = 40, last_failure = 'timeout' WHERE event % "
            "3 = 2;"
            "UPDATE deliveries SET attempts = 1, last_failure = 'connect',"
            " next_attempt_at = strftime('%Y-%m-%dT%H:%M:%fZ', '2025-03-16', -event || ' seconds')"
            " WHERE event % 6 = 0;");
    }

    void change(const std::string& sql) const { file.tamper(sql); }

    Page<Delivery> page(const DeliveryFilter& filter, const std::int64_t below, const std::size_t most) {
        Snapshot snapshot(session, nullptr, clock.now());
        return list_deliveries(snapshot, 1, filter, below, most);
    }

    /// The numbers of the events of all pages.
    std::vector<std::int64_t> all(const DeliveryFilter& filter, const std::size_t most) {
        std::vector<std::int64_t> numbers;
        std::optional<std::int64_t> below = newest;
        while (below) {
            const auto next = page(filter, *below, most);
            BOOST_TEST(next.items.size() <= most);
            for (const auto& delivery : next.items)
                numbers.push_back(delivery.event);
            below = next.next;
        }
        return numbers;
    }

    Page<PastAttempt> attempts(const AttemptFilter& filter, const std::int64_t below = newest,
                               const std::size_t most = 50) {
        Snapshot snapshot(session, nullptr, clock.now());
        return list_attempts(snapshot, 1, filter, below, most);
    }

    std::string attempt_ids(const AttemptFilter& filter) {
        std::string ids;
        for (const auto& attempt : attempts(filter).items)
            ids += attempt.id + " ";
        return ids;
    }
};

/// Those from 30 down to 1 that `fits` is true for.
template <class Fits>
std::vector<std::int64_t> numbers(const Fits& fits) {
    std::vector<std::int64_t> list;
    for (std::int64_t number = 30; number > 0; --number)
        if (fits(number)) list.push_back(number);
    return list;
}

constexpr Timestamp begin{1'742'040'000s};  // of event 0

}  // namespace

BOOST_FIXTURE_TEST_SUITE(delivery_queries_test, Fixture)

BOOST_AUTO_TEST_CASE(pages_give_every_delivery_once_newest_first) {
    const auto every = numbers([](auto) { return true; });
    for (const std::size_t most : {1U, 4U, 30U, 50U})
        BOOST_TEST(all({}, most) == every, boost::test_tools::per_element());
    BOOST_TEST(page({}, newest, 30).next.has_value() == false);
}

BOOST_AUTO_TEST_CASE(a_status_is_a_filter) {
    using boost::test_tools::per_element;
    for (const std::size_t most : {3U, 50U}) {
        BOOST_TEST(all({.state = DeliveryState::pending}, most) == numbers([](auto n) { return n % 3 == 0; }),
                   per_element());
        BOOST_TEST(
            all({.state = DeliveryState::delivered}, most) == numbers([](auto n) { return n % 3 == 1; }),
            per_element());
        BOOST_TEST(all({.state = DeliveryState::expired}, most) == numbers([](auto n) { return n % 3 == 2; }),
                   per_element());
    }
}

BOOST_AUTO_TEST_CASE(types_and_times_are_filters) {
    using boost::test_tools::per_element;
    const auto is_deleted = [](auto n) { return n <= 20 && n % 2 == 0; };
    BOOST_TEST(all({.type = EventType::user_deleted}, 3) == numbers(is_deleted), per_element());
    BOOST_TEST(all({.state = DeliveryState::pending, .type = EventType::user_deleted}, 3) ==
                   numbers([&](auto n) { return is_deleted(n) && n % 3 == 0; }),
               per_element());
    for (const auto state : {std::optional<DeliveryState>(), std::optional(DeliveryState::expired)}) {
        BOOST_TEST(all({.state = state, .since = begin + 5s, .until = begin + 25s}, 4) ==
                       numbers([&](auto n) { return n >= 5 && n < 25 && (!state || n % 3 == 2); }),
                   per_element());
    }
    BOOST_TEST(all({.since = begin + 1h}, 4).empty());
    BOOST_TEST(all({.until = begin}, 4).empty());
}

BOOST_AUTO_TEST_CASE(a_delivery_tells_how_it_stands) {
    const auto items = page({}, newest, 30).items;
    const auto& failed = items.at(0);
    BOOST_TEST(failed.event_id == "evt_0000030");
    BOOST_TEST((failed.type == EventType::user_created && failed.state == DeliveryState::pending));
    BOOST_TEST(failed.attempts == 1);
    BOOST_TEST(failed.last_outcome.value() == "connect");
    BOOST_TEST(format_timestamp(failed.next_attempt_at.value()) == "2025-03-15T23:59:30.000Z");
    BOOST_TEST((failed.created_at == begin + 30s));
    BOOST_TEST(items.at(1).last_outcome.value() == "timeout");
    BOOST_TEST(items.at(2).last_outcome.value() == "delivered");
    BOOST_TEST(!items.at(3).last_outcome.has_value());
    BOOST_TEST(!items.at(3).next_attempt_at.has_value());
}

BOOST_AUTO_TEST_CASE(events_of_its_audiences_that_a_webhook_did_not_get_are_passed_over) {
    change("DELETE FROM deliveries WHERE event BETWEEN 3 AND 28");
    BOOST_TEST(all({}, 2) == (std::vector<std::int64_t>{30, 29, 2, 1}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_page_that_looked_at_many_rows_in_vain_ends_before_the_next) {
    change(event_rows(3, 31, 10'050) +
           "INSERT INTO deliveries (event, webhook) SELECT number, 1 FROM events"
           " WHERE number > 30");
    const DeliveryFilter delivered{.state = DeliveryState::delivered};
    const auto first = page(delivered, newest, 50);
    BOOST_TEST(first.items.empty());
    BOOST_TEST(first.next.value() == 81);
    BOOST_TEST(page(delivered, *first.next, 50).items.size() == 10U);
}

BOOST_AUTO_TEST_CASE(attempts_are_given_newest_first_with_the_events_in_them) {
    change(R"(INSERT INTO attempts VALUES
        (1, 'att_1', 1, '2025-03-15T12:00:00.000Z', 12, '[2,1,99]', 200, 'delivered', NULL),
        (2, 'att_2', 2, '2025-03-15T12:00:01.000Z', 12, '[1]', 200, 'delivered', NULL),
        (3, 'att_3', 1, '2025-03-15T12:00:02.000Z', 10000, '[3]', NULL, 'timeout', NULL),
        (4, 'att_4', 1, '2025-03-15T12:00:30.000Z', 10, '[3]', 503, 'http_status', 'busy'))");
    const auto page = attempts({});
    BOOST_TEST_REQUIRE(page.items.size() == 3U);
    BOOST_TEST(page.items[0].http_code.value() == 503);
    BOOST_TEST(page.items[0].response.value() == "busy");
    BOOST_TEST(!page.items[1].http_code.has_value());
    BOOST_TEST((page.items[1].duration == 10s));
    BOOST_TEST(page.items[2].event_ids == (std::vector<std::string>{"evt_0000002", "evt_0000001"}),
               boost::test_tools::per_element());
    BOOST_TEST(attempts({}, newest, 2).next.value() == 3);
    BOOST_TEST(attempts({}, 3, 2).items.at(0).id == "att_1");
    BOOST_TEST(attempt_ids({.outcome = "timeout"}) == "att_3 ");
    BOOST_TEST(attempt_ids({.since = begin + 2s}) == "att_4 att_3 ");
    BOOST_TEST(attempt_ids({.until = begin + 30s}) == "att_3 att_1 ");
    BOOST_TEST(attempt_ids({.since = begin + 3s, .until = begin + 30s}).empty());
}

BOOST_AUTO_TEST_CASE(every_statement_walks_an_index) {
    for (const auto state : {std::optional<DeliveryState>(), std::optional(DeliveryState::pending),
                             std::optional(DeliveryState::expired)})
        page({.state = state, .since = begin, .until = begin + 1h}, newest, 50);
    change(
        "INSERT INTO attempts VALUES (1, 'att_1', 1, '2025-03-15T12:00:00.000Z', 1, '[1]', 200, 'delivered', "
        "NULL)");
    BOOST_TEST(attempts({.since = begin, .until = begin + 1h}).items.size() == 1U);
    BOOST_TEST(session.count() == 12U);
    BOOST_TEST(session.slow_plans(file) == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::storage
