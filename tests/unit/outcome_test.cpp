// What becomes of deliveries and their webhook after a request, over real tables and with a test's clock.
#include "server/delivery/outcome.hpp"

#include "tests/support/test_database.hpp"

#include <boost/test/unit_test.hpp>

#include <numeric>
#include <string>
#include <utility>
#include <vector>

namespace gateway::test {

namespace {

using delivery::Aftermath;
using delivery::Outcome;
using delivery::write_outcome;
using outgoing::OutgoingError;
using outgoing::OutgoingFailure;
using outgoing::OutgoingResponse;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

using Answer = outgoing::OutgoingResult<OutgoingResponse>;

Answer answered(const unsigned status, std::optional<std::string> retry_after = {}) {
    return OutgoingResponse{status, "why", false, std::move(retry_after)};
}

Answer failed(const OutgoingFailure failure, const bool was_sent = false) {
    return OutgoingError{failure, "the detail", was_sent};
}

/// Webhook 1 of one app, with events 1 to `events` pending.
struct Outcomes : TestTables {
    DeliverySettings settings;
    double chance = 0.5;  // moves nothing

    explicit Outcomes(const int events = 100) {
        tamper(
            "INSERT INTO apps (id, name, created_at, updated_at) VALUES ('54e9ujn', 'Shop',"
            " '2025-03-15T12:00:00.000Z', '2025-03-15T12:00:00.000Z');"
            "INSERT INTO webhooks (id, app_id, url, events, active, created_at, updated_at,"
            " verification_token_sealed) VALUES ('web_1', '54e9ujn', 'http://x.test/', '[]', 1,"
            " '2025-03-15T12:00:00.000Z', '2025-03-15T12:00:00.000Z', x'00');"
            "INSERT INTO audiences VALUES (1, '54e9ujn', 'user.created', '[1]');"
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " +
            std::to_string(events) +
            ") INSERT INTO events (number, id, app_id, type, audience, payload, created_at)"
            " SELECT i, 'evt_' || i, '54e9ujn', 'user.created', 1, '{}', '2025-03-15T12:00:00.000Z' FROM n;"
            "INSERT INTO deliveries (event, webhook) SELECT number, 1 FROM events");
    }

    /// A request with the events 1 to `events`.
    Aftermath note(const Answer& answer, const int events = 1) {
        std::vector<std::int64_t> numbers(static_cast<std::size_t>(events));
        std::iota(numbers.begin(), numbers.end(), 1);
        return note_of(answer, std::move(numbers));
    }

    Aftermath note_of(const Answer& answer, std::vector<std::int64_t> events) {
        storage::Attempt attempt{.id = "att_1",
                                 .webhook = 1,
                                 .started_at = clock.now(),
                                 .duration = milliseconds(7),
                                 .events = std::move(events),
                                 .http_code = {},
                                 .outcome = {},
                                 .response = {}};
        const auto outcome = delivery::judge(std::move(attempt), answer, settings, chance);
        return write(
            [&](storage::Transaction& transaction) { return write_outcome(transaction, outcome, settings); });
    }

    std::string health(const std::string& column) const {
        return ask("SELECT " + column + " FROM webhook_health WHERE webhook = 1");
    }

    std::string delivery(const std::string& columns, const int event = 1) const {
        return ask("SELECT " + columns + " FROM deliveries WHERE event = " + std::to_string(event));
    }

    /// How long after now the delivery of event 1 is due, in milliseconds.
    milliseconds delay() const { return *parse_timestamp(delivery("next_attempt_at")) - clock.now(); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(outcome_test)

BOOST_AUTO_TEST_CASE(a_success_delivers_the_events_and_makes_the_receiver_a_good_one) {
    Outcomes outcomes;
    outcomes.note(answered(500), 3);
    outcomes.note(answered(500), 3);
    const auto aftermath = outcomes.note(answered(200), 3);
    BOOST_TEST(outcomes.ask("SELECT state, attempts, next_attempt_at, last_failure, count(*) FROM deliveries"
                            " GROUP BY 1, 2, 3, 4 ORDER BY state") ==
               "delivered|3|NULL|NULL|3\npending|0|NULL|NULL|97");
    BOOST_TEST(outcomes.health("last_http_code, failures, failing_since, not_before") == "200|0|NULL|NULL");
    BOOST_TEST(!aftermath.next.has_value());
    BOOST_TEST(outcomes.ask("SELECT id, duration_ms, events, http_code, outcome, response FROM attempts"
                            " ORDER BY number DESC LIMIT 1") == "att_1|7|[1,2,3]|200|delivered|NULL");
}

BOOST_AUTO_TEST_CASE(only_200_is_a_success_unless_any_2xx_is) {
    for (const auto status : {201U, 204U, 299U, 301U, 304U, 404U}) {
        Outcomes outcomes;
        outcomes.note(answered(status));
        BOOST_TEST(outcomes.delivery("state, last_failure") == "pending|http_status");
        outcomes.settings.success = SuccessStatus::any_2xx;
        outcomes.note(answered(status));
        BOOST_TEST(outcomes.delivery("state") == (status < 300 ? "delivered" : "pending"));
    }
}

BOOST_AUTO_TEST_CASE(a_failure_is_noted_with_its_word_and_how_the_answer_begins) {
    Outcomes outcomes;
    outcomes.note(OutgoingResponse{500, std::string(5'000, 'x') + "\x1b[31m", false, {}});
    BOOST_TEST(outcomes.ask("SELECT http_code, outcome, length(response) FROM attempts") ==
               "500|http_status|4096");
    outcomes.note(failed(OutgoingFailure::connect));
    BOOST_TEST(outcomes.ask("SELECT http_code, outcome, response FROM attempts WHERE number = 2") ==
               "NULL|connect|NULL");
    BOOST_TEST(outcomes.health("last_http_code, failures, failing_since") == "0|2|2025-03-15T12:00:00.000Z");
    BOOST_TEST(outcomes.delivery("attempts, last_failure") == "2|connect");
}

BOOST_AUTO_TEST_CASE(an_event_is_tried_for_two_weeks_and_then_expires) {
    Outcomes outcomes(1);
    outcomes.settings.disable_after = milliseconds(0);
    const auto published = outcomes.clock.now();
    std::vector<milliseconds> expected;
    for (milliseconds delay = minutes(1); delay < hours(12); delay *= 2)
        expected.push_back(delay);
    expected.insert(expected.end(), 26, hours(12));

    for (const auto delay : expected) {
        const auto aftermath = outcomes.note(answered(500));
        BOOST_TEST_REQUIRE(outcomes.delivery("state") == "pending");
        BOOST_TEST((outcomes.delay() == delay));
        BOOST_TEST((aftermath.next == outcomes.clock.now() + delay));
        outcomes.clock.advance(delay);
    }
    BOOST_TEST((outcomes.clock.now() < published + days(14)));
    const auto aftermath = outcomes.note(answered(500));
    BOOST_TEST(outcomes.delivery("state, attempts, next_attempt_at, last_failure") ==
               "expired|37|NULL|http_status");
    BOOST_TEST(!aftermath.next.has_value());
}

BOOST_AUTO_TEST_CASE(an_event_expires_at_once_when_its_time_is_over_before_the_next_attempt) {
    Outcomes outcomes;
    outcomes.clock.advance(days(14) - minutes(1));
    outcomes.note(answered(500));
    BOOST_TEST(outcomes.delivery("state") == "expired");
    BOOST_TEST(outcomes.health("failures") == "1");
}

BOOST_AUTO_TEST_CASE(one_that_was_queued_again_has_its_own_end) {
    Outcomes outcomes;
    outcomes.tamper("UPDATE deliveries SET expires_at = '2025-04-20T12:00:00.000Z' WHERE event = 1");
    outcomes.clock.advance(days(15));
    outcomes.note(answered(500), 2);
    BOOST_TEST(outcomes.delivery("state") == "pending");
    BOOST_TEST(outcomes.delivery("state", 2) == "expired");
}

BOOST_AUTO_TEST_CASE(chance_spreads_the_retries) {
    for (const auto& [chance, delay] : {std::pair{0.0, seconds(54)}, std::pair{1.0, seconds(66)}}) {
        Outcomes outcomes;
        outcomes.chance = chance;
        outcomes.note(answered(500));
        BOOST_TEST((outcomes.delay() == delay));
    }
}

BOOST_AUTO_TEST_CASE(what_a_receiver_asks_for_stands_in_the_place_of_the_schedule) {
    const std::vector<std::pair<std::string, milliseconds>> cases{
        {"300", minutes(5)},
        {"0", seconds(1)},
        {"3155760000", hours(12)},
        {"Sat, 15 Mar 2025 12:05:00 GMT", minutes(5)},
        {"Mon, 15 Mar 2125 12:00:00 GMT", hours(12)},
        {"Fri, 14 Mar 2025 12:00:00 GMT", minutes(1)},
        {"when it suits you", minutes(1)},
    };
    for (const auto& [retry_after, delay] : cases) {
        BOOST_TEST_CONTEXT(retry_after) {
            Outcomes outcomes;
            outcomes.chance = delay == minutes(1) ? 0.5 : 0;
            outcomes.note(answered(429, retry_after), 2);
            BOOST_TEST((outcomes.delay() == delay));
            // The receiver is left alone as long, also by other events; the schedule's first delay is not for
            // it.
            BOOST_TEST(outcomes.health("not_before") ==
                       (delay == minutes(1) ? "NULL" : outcomes.delivery("next_attempt_at")));
        }
    }
}

BOOST_AUTO_TEST_CASE(after_two_failures_a_receiver_is_left_alone_for_ever_longer) {
    Outcomes outcomes;
    outcomes.note_of(answered(500), {1});
    BOOST_TEST(outcomes.health("failures, not_before") == "1|NULL");
    outcomes.note_of(answered(500), {2});
    BOOST_TEST(outcomes.health("failures, not_before") == "2|2025-03-15T12:01:00.000Z");
    outcomes.clock.advance(minutes(1));
    outcomes.note_of(answered(500), {3});
    BOOST_TEST(outcomes.health("failures, not_before") == "3|2025-03-15T12:03:00.000Z");
    outcomes.clock.advance(minutes(2));
    outcomes.note_of(answered(200), {4});
    BOOST_TEST(outcomes.health("failures, not_before") == "0|NULL");
    outcomes.note_of(answered(500), {5});
    BOOST_TEST(outcomes.health("failures, not_before, failing_since") == "1|NULL|2025-03-15T12:03:00.000Z");
}

BOOST_AUTO_TEST_CASE(a_batch_that_may_be_what_the_receiver_fails_at_is_halved) {
    Outcomes outcomes;
    for (const auto& [answer, limit] : {
             std::pair{answered(500), "50"},
             std::pair{answered(400), "50"},
             std::pair{answered(301), "50"},
             std::pair{failed(OutgoingFailure::timeout, true), "50"},
         }) {
        outcomes.note(answer, 100);
        BOOST_TEST(outcomes.health("batch_events") == limit);
        outcomes.tamper("DELETE FROM webhook_health");
    }
    int size = 100;
    for (const auto* const limit : {"50", "25", "12", "6", "3", "1", "1"}) {
        outcomes.note(answered(500), size);
        BOOST_TEST(outcomes.health("batch_events") == limit);
        size = std::stoi(limit);
    }
    BOOST_TEST(outcomes.ask("SELECT event FROM deliveries WHERE alone") == "1");
}

BOOST_AUTO_TEST_CASE(one_that_failed_for_another_reason_is_sent_whole_again) {
    Outcomes outcomes;
    for (const auto& answer : {answered(429), answered(503), failed(OutgoingFailure::connect),
                               failed(OutgoingFailure::dns), failed(OutgoingFailure::tls),
                               failed(OutgoingFailure::timeout), failed(OutgoingFailure::protocol, true)}) {
        outcomes.note(answer, 100);
        outcomes.note(answer, 1);
        BOOST_TEST(outcomes.health("batch_events") == "NULL");
        BOOST_TEST(outcomes.ask("SELECT count(*) FROM deliveries WHERE alone") == "0");
    }
}

BOOST_AUTO_TEST_CASE(each_success_doubles_the_limit_until_it_is_the_setting_again) {
    Outcomes outcomes;
    outcomes.note(answered(500), 25);
    for (const auto* const limit : {"24", "48", "96", "NULL", "NULL"}) {
        outcomes.note(answered(200));
        BOOST_TEST(outcomes.health("batch_events") == limit);
    }
}

BOOST_AUTO_TEST_CASE(an_event_that_failed_alone_stays_alone) {
    Outcomes outcomes;
    outcomes.note(answered(500));
    outcomes.note(answered(503));
    BOOST_TEST(outcomes.delivery("alone") == "1");
}

BOOST_AUTO_TEST_CASE(gone_deactivates_the_webhook) {
    Outcomes outcomes;
    outcomes.clock.advance(minutes(5));
    const auto aftermath = outcomes.note(answered(410), 2);
    BOOST_TEST(aftermath.deactivated_because == "gone");
    BOOST_TEST(!aftermath.target->active);
    BOOST_TEST(outcomes.ask("SELECT active, updated_at FROM webhooks") == "0|2025-03-15T12:05:00.000Z");
    BOOST_TEST(outcomes.health("deactivated_at, deactivated_because") == "2025-03-15T12:05:00.000Z|gone");
    BOOST_TEST(outcomes.delivery("state, attempts") == "pending|1");  // it waits for an activation
    BOOST_TEST(outcomes.note(answered(410), 2).deactivated_because.empty());
}

BOOST_AUTO_TEST_CASE(so_does_failing_and_nothing_else_for_as_long_as_is_set) {
    Outcomes outcomes;
    outcomes.note(answered(500));
    outcomes.clock.advance(days(5) - milliseconds(1));
    BOOST_TEST(outcomes.note(answered(500)).deactivated_because.empty());
    outcomes.clock.advance(milliseconds(1));
    outcomes.note(answered(200));
    BOOST_TEST(outcomes.note(answered(500)).deactivated_because.empty());
    outcomes.clock.advance(days(5));
    BOOST_TEST(outcomes.note(failed(OutgoingFailure::connect)).deactivated_because == "failing");
    BOOST_TEST(outcomes.ask("SELECT active FROM webhooks") == "0");
}

BOOST_AUTO_TEST_CASE(which_a_setting_of_0_turns_off) {
    Outcomes outcomes;
    outcomes.settings.disable_after = milliseconds(0);
    outcomes.note(answered(500));
    outcomes.clock.advance(days(10'000));
    BOOST_TEST(outcomes.note(answered(500)).deactivated_because.empty());
    BOOST_TEST(outcomes.ask("SELECT active FROM webhooks") == "1");
}

BOOST_AUTO_TEST_CASE(health_is_no_change_of_the_webhook) {
    Outcomes outcomes;
    outcomes.clock.advance(minutes(5));
    outcomes.note(answered(404));
    outcomes.note(answered(200));
    BOOST_TEST(outcomes.ask("SELECT updated_at FROM webhooks") == "2025-03-15T12:00:00.000Z");
    BOOST_TEST(outcomes.health("last_http_code, last_http_code_date") == "200|2025-03-15T12:05:00.000Z");
}

BOOST_AUTO_TEST_CASE(of_a_webhook_that_is_gone_nothing_is_written) {
    Outcomes outcomes;
    outcomes.tamper("DELETE FROM webhooks");
    for (const auto& answer : {answered(200), answered(500), answered(410)})
        BOOST_TEST(!outcomes.note(answer).target.has_value());
    BOOST_TEST(outcomes.ask("SELECT count(*) FROM attempts") == "0");
    BOOST_TEST(outcomes.ask("SELECT count(*) FROM webhook_health") == "0");
    BOOST_TEST(outcomes.delivery("state, attempts") == "pending|0");
}

BOOST_AUTO_TEST_CASE(of_an_inactive_one_everything_is) {
    Outcomes outcomes;
    outcomes.tamper("UPDATE webhooks SET active = 0");
    BOOST_TEST(!outcomes.note(answered(200)).target->active);
    BOOST_TEST(outcomes.delivery("state") == "delivered");
    BOOST_TEST(outcomes.note_of(answered(410), {2}).deactivated_because.empty());
    BOOST_TEST(outcomes.health("last_http_code, deactivated_at") == "410|NULL");
}

BOOST_AUTO_TEST_CASE(what_was_decided_by_hand_meanwhile_holds) {
    Outcomes outcomes;
    outcomes.note(answered(503), 4);
    outcomes.note(answered(503), 4);
    // One is queued again, one given up, one taken away altogether.
    outcomes.tamper(
        "UPDATE deliveries SET attempts = 0, next_attempt_at = NULL WHERE event = 1;"
        "UPDATE deliveries SET state = 'expired', next_attempt_at = NULL WHERE event = 2;"
        "DELETE FROM deliveries WHERE event = 3");
    outcomes.note(answered(503), 4);
    BOOST_TEST(outcomes.delivery("state, attempts, next_attempt_at") == "pending|1|2025-03-15T12:01:00.000Z");
    BOOST_TEST(outcomes.delivery("state, attempts", 2) == "expired|2");
    BOOST_TEST(outcomes.delivery("count(*)", 3) == "0");
    BOOST_TEST(outcomes.delivery("attempts, next_attempt_at", 4) == "3|2025-03-15T12:04:00.000Z");
    // One that arrived has arrived, whatever somebody thought of it.
    outcomes.note(answered(200), 4);
    BOOST_TEST(outcomes.delivery("state", 2) == "delivered");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
