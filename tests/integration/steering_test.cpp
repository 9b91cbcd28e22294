// Sending again: retryDelivery, replays and test events, as their callers see them.

#include "server/api/payloads.hpp"
#include "tests/support/delivery_rows.hpp"
#include "tests/support/receiver.hpp"
#include "tests/support/test_server.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <condition_variable>
#include <mutex>
#include <string>

namespace gateway::test {

namespace {

Settings loopback_settings() {
    Settings settings;
    settings.webhooks.allow_http = true;
    settings.delivery.allow_networks = {"127.0.0.0/8"};
    return settings;
}

/// An inactive webhook with five deliveries, two of them expired.
struct Fixture : TestApi {
    Fixture() : TestApi(loopback_settings()) {
        server.tamper(audience_row(1, app, "user.created", 1) + event_rows(1, 1, 5) +
                      delivery_rows(1, 1, ", state", ", 'delivered'") +
                      "UPDATE deliveries SET state = 'expired', attempts = 40, last_failure = 'connect'"
                      " WHERE event < 3;");
    }

    Answer call(const std::string& method, const std::string& path, const std::string& body = {}) {
        return client.request(method, webhook_path() + path, {token.text, body, {}});
    }

    Answer replay(const std::string& body) { return call("POST", "/replay", body); }

    /// The replay once it has ended.
    boost::json::value ended(const std::string& id) {
        while (true) {
            const auto answer = call("GET", "/replay/" + id);
            BOOST_TEST_REQUIRE(answer.status == 200);
            const auto& found = answer.body.at("replay");
            if (found.at("status") != "running") return found;
        }
    }

    static std::string id_of(const Answer& answer) {
        return std::string(answer.body.at("replay").at("id").as_string());
    }

    std::string pending() {
        return server.ask("SELECT group_concat(event) FROM deliveries WHERE state = 'pending'");
    }
};

/// A receiver that tells when something has come.
struct Hearing {
    std::mutex mutex;
    std::condition_variable came;
    std::vector<std::string> bodies;  // under mutex
    Receiver receiver{[this](const ReceivedRequest& request) {
        const std::lock_guard lock(mutex);
        bodies.push_back(request.body);
        came.notify_all();
        return answer(200);
    }};

    std::string first_body() {
        std::unique_lock lock(mutex);
        BOOST_TEST_REQUIRE(came.wait_for(lock, HttpClient::limit, [&] { return !bodies.empty(); }));
        return bodies.front();
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(steering_test, Fixture)

BOOST_AUTO_TEST_CASE(a_delivery_is_due_again_whatever_became_of_it) {
    for (const auto* const event : {"evt_0000001", "evt_0000005"}) {
        const auto answer = call("POST", std::string("/deliveries/") + event + "/retry");
        BOOST_TEST(answer.status == 202);
        const auto& delivery = answer.body.at("delivery").as_object();
        BOOST_TEST(delivery.at("event_id") == event);
        BOOST_TEST(delivery.at("status") == "pending");
        BOOST_TEST(delivery.at("attempts") == 0);
        BOOST_TEST(!delivery.contains("next_attempt_at"));
    }
    BOOST_TEST(server.ask("SELECT event, expires_at FROM deliveries WHERE state = 'pending'") ==
               "1|2025-03-29T12:00:00.000Z\n5|2025-03-29T12:00:00.000Z");
    BOOST_TEST(call("POST", "/deliveries/evt_0000009/retry").code() == "delivery_not_found");
    const auto other = server.create_webhook(app);
    BOOST_TEST(client
                   .request("POST", webhooks_path() + "/" + other + "/deliveries/evt_0000001/retry",
                            {token.text, {}, {}})
                   .code() == "delivery_not_found");
}

BOOST_AUTO_TEST_CASE(what_is_retried_is_sent) {
    Hearing hearing;
    server.ask("UPDATE webhooks SET active = 1, url = '" + hearing.receiver.url("/hook") + "'");
    BOOST_TEST(call("POST", "/deliveries/evt_0000004/retry").status == 202);
    BOOST_TEST(hearing.first_body().find(R"("id":"evt_0000004")") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_example_is_sent_to_one_webhook_and_marked) {
    Hearing hearing;
    server.create_webhook(app, {EventType::user_deleted});
    server.ask("UPDATE webhooks SET active = 1, url = '" + hearing.receiver.url("/hook") + "'");
    const auto answer = call("POST", "/test", R"({"event":"user.deleted"})");
    BOOST_TEST(answer.status == 202);
    const auto body = boost::json::parse(hearing.first_body());
    const auto& items = body.at("events").as_array();
    BOOST_TEST_REQUIRE(items.size() == 1U);
    BOOST_TEST(items[0].at("id") == answer.body.at("event").at("id"));
    BOOST_TEST(items[0].at("test") == true);
    BOOST_TEST(items[0].at("payload") == boost::json::parse(api::example_payload(EventType::user_deleted)));
    BOOST_TEST(server.ask("SELECT webhook FROM deliveries JOIN events ON number = event WHERE test") == "1");
}

BOOST_AUTO_TEST_CASE(an_example_needs_a_known_type_and_an_active_webhook) {
    BOOST_TEST(call("POST", "/test", R"({"event":"user.gone"})").code() == "invalid_webhook_event");
    const auto inactive = call("POST", "/test", R"({"event":"user.deleted"})");
    BOOST_TEST(inactive.status == 400);
    BOOST_TEST(inactive.code() == "invalid_request");
    BOOST_TEST(inactive.body.at("message").as_string().find("activate it first") != std::string::npos);
    BOOST_TEST(server.ask("SELECT count(*) FROM events") == "5");
}

BOOST_AUTO_TEST_CASE(a_dry_run_only_counts) {
    const auto answer = replay(R"({"since":"2025-03-15T12:00:02Z","dry_run":true})");
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.text == R"({"replay":{"matched":4}})");
    BOOST_TEST(replay(R"({"since":"2025-03-15T12:00:00Z","status":"expired","dry_run":true})").text ==
               R"({"replay":{"matched":2}})");
    BOOST_TEST(server.ask("SELECT count(*) FROM replays") == "0");
    BOOST_TEST(pending() == "NULL");
}

BOOST_AUTO_TEST_CASE(a_replay_goes_on_by_itself_and_tells_how_far_it_is) {
    const auto answer = replay(R"({"since":"2025-03-15T12:00:02Z","until":"2025-03-15T12:00:05Z"})");
    BOOST_TEST(answer.status == 202);
    BOOST_TEST(answer.body.at("replay").at("status") == "running");
    const auto found = ended(id_of(answer));
    BOOST_TEST(found.at("status") == "done");
    BOOST_TEST(found.at("matched") == 3);
    BOOST_TEST(found.at("queued") == 3);
    BOOST_TEST(pending() == "2,3,4");
    const auto cancelled = call("DELETE", "/replay/" + id_of(answer));
    BOOST_TEST(cancelled.status == 200);
    BOOST_TEST(cancelled.body.at("replay") == found);
}

BOOST_AUTO_TEST_CASE(one_replay_of_a_webhook_runs_at_a_time_and_can_be_cancelled) {
    server.tamper(
        "INSERT INTO replays (id, webhook, since, type, position, last_event, created_at) VALUES"
        " ('rpl_1', 1, '2025-03-15T12:00:00.000Z', 'user.exploded', 0, 5, '2025-03-15T12:00:00.000Z')");
    const std::string all = R"({"since":"2025-03-15T12:00:00Z"})";
    const auto refused = replay(all);
    BOOST_TEST(refused.status == 409);
    BOOST_TEST(refused.code() == "replay_already_running");
    server.ask("UPDATE replays SET type = NULL, last_event = 0, status = 'cancelled'");
    BOOST_TEST(replay(all).status == 202);
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_a_replay_is_told) {
    BOOST_TEST(replay("{}").body.at("message") ==
               "since: missing, expected a time like 2025-03-15T12:00:00.000Z.");
    const auto answer =
        replay(R"({"since":"2025-03-15T12:00:00Z","until":"2025-03-15T12:00:00Z","status":"x","dry_run":1})");
    BOOST_TEST(answer.code() == "invalid_request");
    BOOST_TEST(answer.body.at("message") ==
               "status: found \"x\", expected one of pending, delivered, expired. "
               "dry_run: found the number 1, expected true or false.");
    BOOST_TEST(
        replay(R"({"since":"2025-03-15T12:00:00Z","until":"2025-03-15T12:00:00Z"})").body.at("message") ==
        "until: found 2025-03-15T12:00:00.000Z, expected a time after since, 2025-03-15T12:00:00.000Z.");
    BOOST_TEST(call("GET", "/replay/rpl_0").code() == "replay_not_found");
    BOOST_TEST(call("DELETE", "/replay/rpl_0").code() == "replay_not_found");
}

BOOST_AUTO_TEST_CASE(a_webhook_that_is_deleted_takes_its_replay_along_and_one_that_is_deactivated_does_not) {
    server.ask("UPDATE webhooks SET active = 1");
    const std::string all = R"({"since":"2025-03-15T12:00:00Z"})";
    const auto id = id_of(replay(all));
    call("POST", "/deactivate");
    BOOST_TEST(ended(id).at("queued") == 5);
    replay(all);
    BOOST_TEST(call("DELETE", "").status == 200);
    BOOST_TEST(call("GET", "/replay/" + id).code() == "webhook_not_found");
    BOOST_TEST(server.ask("SELECT count(*) FROM replays") == "0");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
