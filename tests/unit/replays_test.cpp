// Replays as their table keeps them, a part at a time.

#include "storage/tables/replays.hpp"

#include "tests/support/delivery_rows.hpp"
#include "tests/support/recorded_session.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace gateway::storage {

namespace {

using namespace std::chrono_literals;
using boost::test_tools::per_element;
using test::audience_row;
using test::delivery_rows;
using test::event_rows;
using Numbers = std::vector<std::int64_t>;

constexpr Timestamp begin{1'742'040'000s};  // of event 0

/// Webhook 1 got events 1, 3, …, 19 (user.created) and 2, 4, …, 20 (user.deleted), the first ten of them
/// expired. Webhook 2 has been subscribed to user.created since.
struct Fixture {
    test::TestClock clock;
    test::TestFile file{clock};
    test::RecordedSession session{file.path()};

    Fixture() {
        file.tamper(
            "INSERT INTO apps (id, name, created_at, updated_at) VALUES"
            " ('54e9ujn', '', '2025-03-15T12:00:00.000Z', '2025-03-15T12:00:00.000Z');" +
            webhook_row(1, R"(["user.created","user.deleted"])") + webhook_row(2, R"(["user.created"])") +
            audience_row(1, "54e9ujn", "user.created", 1) + audience_row(2, "54e9ujn", "user.deleted", 1) +
            event_rows(1, 1, 10, 2) + event_rows(2, 2, 10, 2) +
            delivery_rows(1, 1, ", state", ", 'delivered'") +
            delivery_rows(2, 1, ", state", ", 'delivered'") +
            "UPDATE deliveries SET state = 'expired', attempts = 40, last_failure = 'timeout' WHERE event <= "
            "10;");
    }

    static std::string webhook_row(const int number, const std::string& events) {
        const auto key = std::to_string(number);
        return "INSERT INTO webhooks (number, id, app_id, url, events, active, created_at, updated_at,"
               " verification_token_sealed) VALUES (" +
               key + ", 'web_" + key + "', '54e9ujn', 'https://shop.example/', '" + events +
               "', 1, '2025-03-15T12:00:00.000Z', '2025-03-15T12:00:00.000Z', x'01');";
    }

    template <class Function>
    auto write(const Function& job) {
        session.begin_snapshot();
        Transaction transaction(session, nullptr, clock.now());
        auto outcome = job(transaction);
        session.commit();
        return outcome;
    }

    template <class Function>
    auto read(const Function& job) {
        Snapshot snapshot(session, nullptr, clock.now());
        return job(snapshot);
    }

    /// The one that was begun, as it is in the table.
    Replay begun(Replay replay) {
        replay.id = "rpl_1";
        replay.created_at = clock.now();
        return write([&](Transaction& transaction) {
            find_range(transaction, replay);
            insert_replay(transaction, replay);
            return find_replay(transaction, "rpl_1").value();
        });
    }

    ReplayPart part(const Replay& replay, const std::int64_t position) {
        return read([&](Snapshot& snapshot) { return next_part(snapshot, replay, position); });
    }

    /// What a replay of everything since the beginning would queue.
    Numbers matches(Replay replay) {
        replay.since = begin;
        read([&](Snapshot& snapshot) {
            find_range(snapshot, replay);
            return true;
        });
        const auto only = part(replay, replay.position);
        BOOST_TEST(only.is_last);
        return only.events;
    }

    bool queue(const Replay& replay, const ReplayPart& part) {
        return write([&](Transaction& transaction) {
            return queue_part(transaction, replay, part, clock.now() + 14 * 24h);
        });
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(replays_test, Fixture)

BOOST_AUTO_TEST_CASE(it_goes_through_all_deliveries_of_its_time_oldest_first) {
    BOOST_TEST(matches({.webhook = 1}).size() == 20U);
    const auto replay = begun({.webhook = 1, .since = begin + 3s, .until = begin + 8s});
    BOOST_TEST(part(replay, replay.position).events == (Numbers{3, 4, 5, 6, 7}), per_element());
}

BOOST_AUTO_TEST_CASE(status_and_type_are_filters) {
    BOOST_TEST(
        matches({.webhook = 1, .state = DeliveryState::expired}) == (Numbers{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}),
        per_element());
    BOOST_TEST(matches({.webhook = 1, .state = DeliveryState::expired, .type = EventType::user_deleted}) ==
                   (Numbers{2, 4, 6, 8, 10}),
               per_element());
    BOOST_TEST(matches({.webhook = 1, .state = DeliveryState::pending}).empty());
}

BOOST_AUTO_TEST_CASE(a_webhook_gets_what_it_has_been_subscribed_to_since) {
    file.ask("UPDATE events SET test = 1 WHERE number = 5");
    BOOST_TEST(matches({.webhook = 2}) == (Numbers{1, 3, 7, 9, 11, 13, 15, 17, 19}), per_element());
    BOOST_TEST(matches({.webhook = 2, .state = DeliveryState::delivered}).empty());
    BOOST_TEST(matches({.webhook = 3}).empty());
    const auto replay = begun({.webhook = 2, .since = begin + 18s});
    BOOST_TEST(queue(replay, part(replay, replay.position)));
    BOOST_TEST(file.ask("SELECT event, state, expires_at FROM deliveries WHERE webhook = 2") ==
               "19|pending|2025-03-29T12:00:00.000Z");
    BOOST_TEST(file.ask("SELECT audience FROM audience_members WHERE webhook = 2") == "1");
    const auto listed = read([](Snapshot& snapshot) { return list_deliveries(snapshot, 2, {}, newest, 50); });
    BOOST_TEST(listed.items.size() == 1U);
}

BOOST_AUTO_TEST_CASE(what_is_queued_begins_anew_and_is_counted) {
    const auto replay = begun({.webhook = 1, .since = begin + 10s, .until = begin + 12s});
    BOOST_TEST(!replay.matched.has_value());
    BOOST_TEST(queue(replay, part(replay, replay.position)));
    BOOST_TEST(file.ask("SELECT event, attempts, next_attempt_at, expires_at FROM deliveries"
                        " WHERE state = 'pending' ORDER BY event") ==
               "10|0|NULL|2025-03-29T12:00:00.000Z\n11|0|NULL|2025-03-29T12:00:00.000Z");
    BOOST_TEST(file.ask("SELECT status, queued, position, ended_at FROM replays") ==
               "done|2|11|2025-03-15T12:00:00.000Z");
    BOOST_TEST(!read([](Snapshot& snapshot) { return find_running_replay(snapshot, 1); }).has_value());
}

BOOST_AUTO_TEST_CASE(a_part_is_bounded_and_the_next_goes_on_behind_it) {
    file.tamper(event_rows(1, 21, 420) +
                "INSERT INTO deliveries (event, webhook) SELECT number, 1 FROM events"
                " WHERE number > 20;" +
                event_rows(2, 441, 2'500));
    auto replay = begun({.webhook = 1, .since = begin, .state = DeliveryState::pending});
    const auto first = part(replay, replay.position);
    BOOST_TEST(first.events.size() == 200U);
    BOOST_TEST((first.position == 220 && !first.is_last));
    BOOST_TEST(queue(replay, first));
    BOOST_TEST(!queue(replay, first));  // it has moved on
    replay = read([](Snapshot& snapshot) { return find_running_replay(snapshot, 1).value(); });
    BOOST_TEST((replay.position == 220 && replay.queued == 200));
    const auto third = part(replay, 420);
    BOOST_TEST(third.events.size() == 20U);
    BOOST_TEST((third.position == 2'420 && !third.is_last));
    const auto last = part(replay, third.position);
    BOOST_TEST((last.events.empty() && last.is_last));
}

BOOST_AUTO_TEST_CASE(a_cancelled_one_queues_nothing_more) {
    const auto replay = begun({.webhook = 1, .since = begin});
    const auto next = part(replay, replay.position);
    write([&](Transaction& transaction) {
        cancel_replay(transaction, replay.number);
        return true;
    });
    BOOST_TEST(!queue(replay, next));
    BOOST_TEST(file.ask("SELECT count(*) FROM deliveries WHERE state = 'pending'") == "0");
    BOOST_TEST(file.ask("SELECT status, ended_at FROM replays") == "cancelled|2025-03-15T12:00:00.000Z");
}

BOOST_AUTO_TEST_CASE(an_event_that_was_taken_away_meanwhile_is_passed_over) {
    const auto replay = begun({.webhook = 2, .since = begin + 18s});
    const auto next = part(replay, replay.position);
    file.tamper("DELETE FROM deliveries WHERE event = 19; DELETE FROM events WHERE number = 19");
    BOOST_TEST(queue(replay, next));
    BOOST_TEST(file.ask("SELECT count(*) FROM deliveries WHERE webhook = 2") == "0");
}

BOOST_AUTO_TEST_CASE(a_deleted_webhook_takes_its_replays_along) {
    const auto replay = begun({.webhook = 2, .since = begin});
    const auto next = part(replay, replay.position);
    file.ask("PRAGMA foreign_keys");
    write([](Transaction& transaction) {
        return transaction.execute("DELETE FROM webhooks WHERE number = 2");
    });
    BOOST_TEST(!queue(replay, next));
    BOOST_TEST(file.ask("SELECT count(*) FROM replays") == "0");
    const auto rest = part(replay, 0);
    BOOST_TEST((rest.events.empty() && rest.is_last));
}

BOOST_AUTO_TEST_CASE(every_statement_walks_an_index) {
    const auto replay = begun({.webhook = 2, .since = begin, .until = begin + 1h});
    queue(replay, part(replay, replay.position));
    matches({.webhook = 1, .state = DeliveryState::expired});
    read([](Snapshot& snapshot) { return has_running_replay(snapshot, 1); });
    write([](Transaction& transaction) {
        cancel_replay(transaction, 1);
        set_matched(transaction, 1, 2);
        return queue_again(transaction, 1, 1, begin);
    });
    BOOST_TEST(session.slow_plans(file) == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::storage
