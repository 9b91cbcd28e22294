// A daemon whose webhooks and deliveries are changed in the middle of traffic, by its API and by hand.
#include "tests/support/delivery_fixture.hpp"
#include "tests/support/test_server.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>

namespace gateway::test {

namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

Settings loopback_settings(const milliseconds retry) {
    Settings settings;
    settings.webhooks.allow_http = true;
    settings.delivery.allow_networks = {"127.0.0.0/8"};
    settings.delivery.signers = 1;
    settings.delivery.first_retry = settings.delivery.longest_retry = retry;
    return settings;
}

/// A webhook whose receiver answers when the gate is open, with 200 or what is set.
struct Changes : TestApi {
    Gate gate;
    std::atomic<unsigned> status = 200;
    Receiver receiver{[this](const ReceivedRequest&) {
        gate.pass();
        return answer(status);
    }};

    Receiver probe{answer(200)};
    std::string probe_webhook = server.create_webhook(app);

    explicit Changes(const milliseconds retry = milliseconds(20)) : TestApi(loopback_settings(retry)) {
        server.ask("UPDATE webhooks SET active = 1, url = '" + probe.url() + "'");
        server.ask("UPDATE webhooks SET events = '[\"user.deleted\"]', url = '" + receiver.url() +
                   "' WHERE id = '" + webhook + "'");
    }

    /// Runs SQL as a person does, and returns when the daemon has looked at what it changed.
    void change_by_hand(const std::string& sql) const {
        const auto before = probe.requests().size();
        server.tamper("BEGIN IMMEDIATE; " + sql +
                      "; INSERT OR REPLACE INTO deliveries (event, webhook) SELECT 1, number FROM webhooks"
                      " WHERE id = '" +
                      probe_webhook + "'; COMMIT");
        wait_until([&] { return probe.requests().size() > before; }, "a look at what was changed by hand");
    }

    /// Gives the id of a new event.
    std::string publish() {
        const auto answer = client.request(
            "POST", "/v2/session/apps/" + app + "/events",
            {token.text,
             R"({"type":"user.deleted","payload":{"user_id":"u","deleted_at":"2025-03-15T12:00:00Z"}})",
             {}});
        BOOST_TEST_REQUIRE(answer.status == 201);
        return std::string(answer.body.at("events").at(0).at("id").as_string());
    }

    void wait_for_requests(const std::size_t count) const {
        wait_until([&] { return receiver.requests().size() == count; }, std::to_string(count) + " requests");
    }

    void wait_for(const std::string& sql, const std::string& rows) const {
        wait_until([&] { return server.ask(sql) == rows; }, sql + " = " + rows);
    }

    /// Waits until so many deliveries are pending.
    void wait_for_pending(const int count) const {
        wait_for("SELECT count(*) FROM deliveries WHERE state = 'pending'", std::to_string(count));
    }

    void call(const std::string_view method, const std::string& path) {
        const auto answer = client.request(method, path, {token.text, {}, {}});
        BOOST_TEST((answer.status == 200 || answer.status == 204));
    }

    [[nodiscard]] std::vector<std::string> arrived() const { return event_ids_in(receiver.requests()); }

    /// One event is on its way, and another waits for it.
    std::vector<std::string> begin() {
        std::vector<std::string> events{publish()};
        wait_for_requests(1);
        events.push_back(publish());
        return events;
    }
};

struct PatientChanges : Changes {
    PatientChanges() : Changes(hours(1)) {}
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(delivery_changes_test, Changes)

BOOST_AUTO_TEST_CASE(a_webhook_that_is_deactivated_gets_no_more_until_it_is_active_again) {
    const auto events = begin();
    call("POST", webhook_path() + "/deactivate");
    publish();  // not for it
    gate.open();
    wait_for_pending(1);
    BOOST_TEST(get_webhook().webhook().at("last_http_code").as_int64() == 200);
    server.ask("UPDATE webhooks SET active = 1");
    wait_for_pending(0);
    BOOST_TEST(arrived() == events, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(of_one_that_is_deleted_nothing_is_sent_or_noted) {
    begin();
    call("DELETE", webhook_path());
    gate.open();
    const Receiver other(answer(200));
    const auto next = server.create_webhook(app);
    server.ask("UPDATE webhooks SET active = 1, events = '[\"user.deleted\"]', url = '" + other.url() +
               "' WHERE id = '" + next + "'");
    publish();
    wait_until([&] { return other.requests().size() == 1; }, "the other webhook's event");
    BOOST_TEST(receiver.requests().size() == 1U);
    wait_for("SELECT count(*) FROM attempts", "1");
    BOOST_TEST(server.ask("SELECT webhook FROM attempts") == "3");
}

BOOST_AUTO_TEST_CASE(a_new_url_gets_what_has_not_been_sent) {
    const auto events = begin();
    const Receiver moved(answer(200));
    change_by_hand("UPDATE webhooks SET url = '" + moved.url() + "' WHERE number = 1");
    status = 500;
    gate.open();
    wait_for_pending(0);
    BOOST_TEST(receiver.requests().size() == 1U);
    auto ids = event_ids_in(moved.requests());
    std::ranges::sort(ids);
    BOOST_TEST(ids == events, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_was_queued_before_a_type_was_removed_arrives) {
    const auto events = begin();
    call("DELETE", events_path() + "/user.deleted");
    publish();  // not for it
    gate.open();
    wait_for_pending(0);
    BOOST_TEST(arrived() == events, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_was_queued_before_an_app_was_disabled_arrives) {
    const auto events = begin();
    server.disable_sessions(app);
    gate.open();
    wait_for_pending(0);
    BOOST_TEST(arrived() == events, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_code_of_each_attempt_is_shown_and_is_no_change_of_the_webhook) {
    gate.open();
    status = 418;
    const auto before = get_webhook().webhook();
    server.clock.advance(hours(1));
    publish();
    wait_until(
        [&] { return server.ask("SELECT last_http_code FROM webhook_health WHERE webhook = 1") == "418"; },
        "the code");
    const auto after = get_webhook().webhook();
    BOOST_TEST(after.at("last_http_code").as_int64() == 418);
    BOOST_TEST(after.at("last_http_code_date").as_string() == "2025-03-15T13:00:00.000Z");
    BOOST_TEST(after.at("updated_at") == before.at("updated_at"));
    status = 200;
    wait_for_pending(0);
    BOOST_TEST(get_webhook().webhook().at("last_http_code").as_int64() == 200);
}

BOOST_FIXTURE_TEST_CASE(what_is_made_due_by_hand_is_sent, PatientChanges) {
    gate.open();
    status = 503;
    const auto event = publish();
    publish();
    wait_for("SELECT count(*) FROM deliveries WHERE attempts > 0", "2");
    status = 200;
    server.ask("UPDATE deliveries SET next_attempt_at = NULL");
    server.ask("UPDATE webhook_health SET not_before = NULL");
    wait_for_pending(0);
    const auto before = receiver.requests().size();
    // Once more, although it has arrived.
    server.ask("UPDATE deliveries SET state = 'pending' WHERE event = 1");
    wait_for_requests(before + 1);
    wait_for_pending(0);
    BOOST_TEST(event_ids_in({receiver.requests().back()}).front() == event);
}

BOOST_AUTO_TEST_CASE(what_is_given_up_by_hand_is_not_sent) {
    const auto events = begin();
    change_by_hand("UPDATE deliveries SET state = 'expired' WHERE event = 2");
    gate.open();
    const auto last = publish();
    wait_for_pending(0);
    BOOST_TEST(arrived() == (std::vector{events.front(), last}), boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(what_is_inserted_by_hand_is_sent, PatientChanges) {
    gate.open();
    const auto event = publish();
    wait_for_pending(0);
    const Receiver late(answer(200));
    const auto webhook = server.create_webhook(app);
    server.ask("UPDATE webhooks SET active = 1, url = '" + late.url() + "' WHERE id = '" + webhook + "'");
    server.ask("INSERT INTO deliveries (event, webhook) VALUES (1, 3)");
    wait_for_pending(0);
    BOOST_TEST(event_ids_in(late.requests()) == std::vector{event}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_key_that_is_made_in_the_middle_signs_what_follows) {
    gate.open();
    publish();
    wait_for_pending(0);
    const auto first = receiver.requests().front().header("x-webhook-signature-key-id");
    server.ask("DELETE FROM signing_keys");
    wait_until(
        [&] {
            publish();
            wait_for_pending(0);
            return receiver.requests().back().header("x-webhook-signature-key-id") != first;
        },
        "a signature with another key");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
