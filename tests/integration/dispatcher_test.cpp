// Nothing is lost or stuck, whatever happens at the same time; nobody waits for another's receiver.
#include "tests/support/delivery_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <set>

namespace gateway::test {

namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

const std::string other_app = "other77";

Reply all_is_well(const ReceivedRequest&) {
    return answer(200);
}

/// Answers when the gate is open.
Script held_by(Gate& gate) {
    return [&gate](const ReceivedRequest&) {
        gate.pass();
        return answer(200);
    };
}

/// Fails once.
Script failing_first(std::atomic<int>& calls) {
    return [&calls](const ReceivedRequest&) { return answer(calls++ == 0 ? 503 : 200); };
}

/// Keeps both readers of the database busy.
struct HeldReaders {
    Hold first;
    Hold second;

    explicit HeldReaders(TestDatabase& database) {
        database.hold_reader(first);
        database.hold_reader(second);
    }

    void release() {
        first.release();
        second.release();
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(dispatcher_test, DeliveryFixture)

BOOST_AUTO_TEST_CASE(what_was_pending_is_found_although_a_newer_event_came_first) {
    const Receiver receiver(all_is_well);
    const auto webhook = add_webhook(receiver.url());
    queue({webhook}, 3);
    HeldReaders readers(db);
    start();
    publish({webhook});
    readers.release();
    wait_for_all();
    BOOST_TEST(event_ids_in(receiver.requests()).size() == 4U);
}

BOOST_AUTO_TEST_CASE(events_that_find_no_room_while_the_tables_are_read_are_read_later) {
    Gate gate;
    gate.open();
    const Receiver receiver(held_by(gate));
    const auto webhook = add_webhook(receiver.url());
    start();
    publish({webhook});
    wait_for_all();
    gate.close();

    // The read sees the tables as they were before these were published, and ends after they were told.
    HeldReaders readers(db);
    feed.webhook_changed(webhook);
    auto publication = queue({webhook}, 250);
    db.tamper(
        "CREATE TABLE events_aside AS SELECT * FROM events WHERE number > 1;"
        "CREATE TABLE deliveries_aside AS SELECT * FROM deliveries WHERE event > 1;"
        "DELETE FROM deliveries WHERE event > 1; DELETE FROM events WHERE number > 1");
    feed.published(std::move(publication));
    readers.release();
    wait_until([&] { return receiver.requests().size() == 2; }, "the second request");
    db.tamper(
        "INSERT INTO events SELECT * FROM events_aside; INSERT INTO deliveries SELECT * FROM "
        "deliveries_aside");
    gate.open();
    wait_for_all();
    BOOST_TEST(ask("SELECT count(*) FROM deliveries WHERE state = 'delivered'") == "251");
}

BOOST_AUTO_TEST_CASE(an_app_with_many_receivers_that_hang_leaves_room_for_others) {
    settings.in_flight = 8;
    settings.timeout = std::chrono::minutes(2);  // or that would make room
    Gate gate;
    const Receiver hanging(held_by(gate));
    const Receiver receiver(all_is_well);
    add_app(other_app);
    Numbers webhooks;
    for (int i = 0; i < 20; ++i)
        webhooks.push_back(add_webhook(hanging.url()));
    const auto other = add_webhook(receiver.url(), other_app);
    start();
    publish(webhooks);
    wait_until([&] { return hanging.requests().size() == 1; }, "the first request");
    for (int i = 1; i <= 5; ++i) {
        publish({other}, 1, "{}", other_app);
        wait_for("SELECT count(*) FROM deliveries WHERE state = 'delivered'", std::to_string(i));
    }
    gate.open();
    wait_for_all();
}

BOOST_AUTO_TEST_CASE(so_does_one_with_the_largest_bodies) {
    settings.timeout = std::chrono::minutes(2);
    Gate gate;
    const Receiver hanging(held_by(gate));
    const Receiver receiver(all_is_well);
    add_app(other_app);
    Numbers webhooks;
    for (int i = 0; i < 50; ++i)
        webhooks.push_back(add_webhook(hanging.url()));
    const auto other = add_webhook(receiver.url(), other_app);
    start();
    publish(webhooks, 1, R"({"a":")" + std::string(900'000, 'x') + R"("})");
    wait_until([&] { return hanging.requests().size() == 1; }, "the first request");
    publish({other}, 1, "{}", other_app);
    wait_for("SELECT count(*) FROM deliveries WHERE state = 'delivered'", "1");
    gate.open();
    wait_for_all();
    BOOST_TEST(hanging.requests().size() == 50U);
}

BOOST_AUTO_TEST_CASE(the_flood_of_an_app_does_not_make_others_late) {
    settings.batch_events = 1;
    std::atomic<int> flood = 0;
    std::atomic<int> before = -1;
    const Receiver flooded([&flood](const ReceivedRequest&) {
        ++flood;
        return answer(200);
    });
    const Receiver receiver([&](const ReceivedRequest&) {
        before = flood.load();
        return answer(200);
    });
    add_app(other_app);
    Numbers webhooks;
    for (int i = 0; i < 20; ++i)
        webhooks.push_back(add_webhook(flooded.url()));
    const auto other = add_webhook(receiver.url(), other_app);
    for (const auto& app_id : {app, other_app})
        db.run(keys.key_of(app_id));  // or it waits for its key
    queue(webhooks, 200);
    queue({other}, 1, "{}", other_app);
    start();
    wait_for_all();
    BOOST_TEST(flood == 4'000);
    BOOST_TEST(before >= 0);
    BOOST_TEST(before < 1'000);
}

BOOST_AUTO_TEST_CASE(a_receiver_that_hangs_with_a_long_queue_costs_only_itself) {
    constexpr int backlog = 100'000;
    Gate gate;
    const Receiver hanging(held_by(gate));
    const Receiver receiver(all_is_well);
    const auto slow = add_webhook(hanging.url());
    const auto quick = add_webhook(receiver.url());
    queue({slow}, backlog);
    start();
    wait_until([&] { return hanging.requests().size() == 1; }, "the first request");
    for (int i = 1; i <= 20; ++i) {
        publish({slow, quick});
        wait_until([&] { return receiver.requests().size() == static_cast<std::size_t>(i); },
                   "the others' event");
    }
    BOOST_TEST(hanging.requests().size() == 1U);
    gate.open();
    wait_until([&] { return hanging.requests().size() > 5; }, "more requests");
    BOOST_TEST(ask("SELECT count(*) FROM deliveries WHERE webhook = 3 AND state = 'pending'") == "0");
}

BOOST_AUTO_TEST_CASE(more_than_the_queues_may_hold_is_read_in_turn) {
    settings.in_flight = 2;
    const Receiver receiver(all_is_well);
    Numbers webhooks;
    for (int i = 0; i < 60; ++i) {
        webhooks.push_back(add_webhook(receiver.url()));
        queue({webhooks.back()}, 2, R"({"a":")" + std::string(800'000, 'x') + R"("})");
    }
    start();
    publish(webhooks);
    wait_for_all();
    const auto sent = event_ids_in(receiver.requests());
    BOOST_TEST(sent.size() == 180U);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_signed_waits_and_is_sent_when_it_can_be) {
    settings.in_flight_per_webhook = 3;
    settings.batch_events = 1;
    const Receiver receiver(all_is_well);
    const auto webhook = add_webhook(receiver.url());
    wait_for("SELECT count(*) FROM signing_keys", "1");
    spoil("signing_keys", "private_key_sealed");
    queue({webhook}, 10);
    start();
    wait_until([&] { return lines_with("a delivery cannot be signed") > 0; }, "a line in the log");
    BOOST_TEST(receiver.requests().empty());
    db.tamper("DELETE FROM signing_keys");
    wait_for_all();
    BOOST_TEST(ask("SELECT DISTINCT attempts FROM deliveries") == "1");
}

BOOST_AUTO_TEST_CASE(stopped_at_any_moment_it_goes_on_after_a_start) {
    settings.batch_events = 3;
    const Receiver receiver(all_is_well);
    const auto webhook = add_webhook(receiver.url());
    std::vector<std::string> published;
    for (int round = 0; round < 20; ++round) {
        start();
        const auto more = publish({webhook}, 5);
        published.insert(published.end(), more.begin(), more.end());
        if (round % 2 == 0) wait_until([&] { return !receiver.requests().empty(); }, "a request");
        const auto begin = steady_clock::now();
        stop();
        BOOST_TEST((steady_clock::now() - begin < seconds(1)));
    }
    start();
    wait_for_all();
    const auto sent = event_ids_in(receiver.requests());
    BOOST_TEST(std::set(sent.begin(), sent.end()).size() == published.size());
}

BOOST_AUTO_TEST_CASE(a_retry_comes_when_it_is_due_whatever_the_clock_does) {
    settings.longest_retry = hours(12);
    settings.first_retry = milliseconds(400);
    for (const auto jump : {hours(1), hours(-1), hours(24 * 365), hours(-24 * 365)}) {
        BOOST_TEST_CONTEXT(jump.count() << " hours") {
            std::atomic<int> calls = 0;
            const Receiver receiver(failing_first(calls));
            const auto webhook = add_webhook(receiver.url());
            start();
            const auto begin = steady_clock::now();
            publish({webhook});
            wait_until([&] { return receiver.requests().size() == 1; }, "the first request");
            publish({webhook});  // when this one has arrived, the other's time is known
            wait_for("SELECT count(*) FROM deliveries WHERE state = 'delivered' AND webhook = " +
                         std::to_string(webhook),
                     "1");
            db.clock.advance(jump);
            if (jump < hours(0)) feed.webhook_changed(webhook);  // read again, by the new time
            wait_for_all();
            const auto took = steady_clock::now() - begin;
            BOOST_TEST((took >= milliseconds(350) && took < seconds(50)));
            stop();
        }
    }
}

BOOST_AUTO_TEST_CASE(what_another_clock_wrote_does_not_wait_longer_than_any_retry) {
    settings.longest_retry = seconds(1);
    const Receiver receiver(all_is_well);
    const auto webhook = add_webhook(receiver.url());
    queue({webhook}, 2);
    db.tamper(
        "UPDATE deliveries SET next_attempt_at = '2199-01-01T00:00:00.000Z', attempts = 1 WHERE event = 2;"
        "INSERT INTO webhook_health (webhook, failures, not_before) VALUES (2, 2, "
        "'2199-01-01T00:00:00.000Z')");
    start();
    wait_for_all();
    BOOST_TEST(event_ids_in(receiver.requests()).size() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
