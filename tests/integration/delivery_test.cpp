// What receivers get, and when: bodies, batches, order, limits.
#include "tests/support/delivery_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <set>

namespace gateway::test {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

Reply all_is_well(const ReceivedRequest&) {
    return answer(200);
}

/// Holds its first answer back until the gate opens.
Script held_by(Gate& gate, const unsigned status = 200) {
    return [&gate, status](const ReceivedRequest&) {
        gate.pass();
        return answer(status);
    };
}

std::vector<std::size_t> batch_sizes(const Receiver& receiver) {
    std::vector<std::size_t> sizes;
    for (const auto& request : receiver.requests())
        sizes.push_back(events_in(request).size());
    return sizes;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(delivery_test, DeliveryFixture)

BOOST_AUTO_TEST_CASE(a_delivery_is_a_signed_post_of_the_events_as_they_were_published) {
    const Receiver receiver(all_is_well, {.identity = authority.issue({"receiver.test"})});
    const auto webhook = add_webhook(receiver.url("/hook?for=us", "receiver.test"));
    start();
    const auto published = publish({webhook}, 1, R"({"user_id":"usr_1","amount":12345678901234567890.10})");
    wait_for_all();

    const auto requests = receiver.requests();
    BOOST_TEST_REQUIRE(requests.size() == 1U);
    const auto& request = requests.front();
    BOOST_TEST(request.method == "POST");
    BOOST_TEST(request.target == "/hook?for=us");
    BOOST_TEST(request.body ==
               R"({"app_id":"54e9ujn","events":[{"id":")" + published.front() +
                   R"(","type":"user.created","payload":{"user_id":"usr_1",)"
                   R"("amount":12345678901234567890.10},"created_at":"2025-03-15T12:00:00.000Z"}]})");
    BOOST_TEST(request.header("content-type") == "application/json");
    BOOST_TEST(request.header("user-agent") == "session-gateway/test");
    BOOST_TEST(request.header("host").starts_with("receiver.test:"));
    BOOST_TEST(request.header("x-webhook-signature").starts_with("rsassa-pss-sha256="));
    BOOST_TEST(request.header("x-webhook-signature-key-id") == ask("SELECT id FROM signing_keys"));
    BOOST_TEST(request.header("webhook-id").starts_with("msg_"));
    BOOST_TEST(request.header("webhook-timestamp") == "1742040000");
    BOOST_TEST(request.header("webhook-signature").starts_with("v1,"));
    BOOST_TEST(ask("SELECT last_http_code, last_http_code_date, failures FROM webhook_health") ==
               "200|2025-03-15T12:00:00.000Z|0");
    BOOST_TEST(ask("SELECT outcome, http_code, events FROM attempts") == "delivered|200|[1]");
}

BOOST_AUTO_TEST_CASE(a_batch_is_what_gathered_during_the_last_request) {
    Gate gate;
    const Receiver receiver(held_by(gate));
    const auto webhook = add_webhook(receiver.url());
    start();
    auto published = publish({webhook});
    wait_until([&] { return receiver.requests().size() == 1; }, "the first request");
    for (int i = 0; i < 7; ++i) {
        const auto more = publish({webhook});
        published.insert(published.end(), more.begin(), more.end());
    }
    BOOST_TEST(receiver.requests().size() == 1U);
    gate.open();
    wait_for_all();
    BOOST_TEST(batch_sizes(receiver) == (std::vector<std::size_t>{1, 7}), boost::test_tools::per_element());
    BOOST_TEST(event_ids_in(receiver.requests()) == published, boost::test_tools::per_element());
    BOOST_TEST(receiver.connections() == 1U);
}

BOOST_AUTO_TEST_CASE(a_backlog_leaves_in_order_and_in_full_batches) {
    const Receiver receiver(all_is_well);
    const auto webhook = add_webhook(receiver.url());
    const auto backlog = queue({webhook}, 250);
    start();
    wait_for_all();
    BOOST_TEST(batch_sizes(receiver) == (std::vector<std::size_t>{100, 100, 50}),
               boost::test_tools::per_element());
    std::vector<std::string> expected;
    for (const auto& event : backlog.events)
        expected.push_back(event.item->id);
    BOOST_TEST(event_ids_in(receiver.requests()) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_body_has_at_most_so_many_bytes_unless_one_event_has_more) {
    settings.batch_bytes = 4'000;
    const Receiver receiver(all_is_well);
    const auto webhook = add_webhook(receiver.url());
    const auto of_size = [](const std::size_t size) {
        return R"({"a":")" + std::string(size - 8, 'x') + R"("})";
    };
    for (const std::size_t size : {1'300U, 1'300U, 1'300U, 100U, 4'000U, 100U, 9'000U, 100U})
        queue({webhook}, 1, of_size(size));
    start();
    wait_for_all();
    BOOST_TEST(batch_sizes(receiver) == (std::vector<std::size_t>{2, 2, 1, 1, 1, 1}),
               boost::test_tools::per_element());
    for (const auto& request : receiver.requests())
        if (events_in(request).size() > 1) BOOST_TEST(request.body.size() <= 4'000U);
}

BOOST_AUTO_TEST_CASE(an_event_of_exactly_that_size_is_alone_in_its_body) {
    const Receiver receiver(all_is_well);
    const auto webhook = add_webhook(receiver.url());
    const auto payload = R"({"a":")" + std::string(settings.batch_bytes - 8, 'x') + R"("})";
    queue({webhook}, 3, payload);
    start();
    wait_for_all();
    BOOST_TEST(batch_sizes(receiver) == (std::vector<std::size_t>{1, 1, 1}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(as_many_requests_to_a_webhook_are_under_way_as_are_set) {
    settings.in_flight_per_webhook = 3;
    settings.batch_events = 2;
    const Receiver receiver(silence());
    settings.timeout = milliseconds(500);
    const auto webhook = add_webhook(receiver.url());
    queue({webhook}, 20);
    start();
    wait_until([&] { return receiver.requests().size() == 3; }, "three requests at once");
    BOOST_TEST(receiver.connections() == 3U);
    const auto ids_sent = event_ids_in(receiver.requests());
    BOOST_TEST(std::set<std::string>(ids_sent.begin(), ids_sent.end()).size() == 6U);
}

BOOST_AUTO_TEST_CASE(no_more_requests_are_made_in_a_second_than_are_set) {
    settings.requests_per_second = 20;
    settings.batch_events = 1;
    const Receiver receiver(all_is_well);
    const auto webhook = add_webhook(receiver.url());
    queue({webhook}, 11);
    const auto begin = steady_clock::now();
    start();
    wait_for_all();
    BOOST_TEST((steady_clock::now() - begin >= milliseconds(500)));
    BOOST_TEST(receiver.requests().size() == 11U);
}

BOOST_AUTO_TEST_CASE(webhooks_of_an_app_that_get_the_same_body_get_the_same_signature) {
    const Receiver receiver(all_is_well);
    Numbers webhooks;
    for (int i = 0; i < 10; ++i)
        webhooks.push_back(add_webhook(receiver.url("/" + std::to_string(i))));
    queue(webhooks, 3);
    start();
    wait_for_all();
    std::set<std::string> signatures;
    std::set<std::string> webhook_ids;
    std::set<std::string> targets;
    for (const auto& request : receiver.requests()) {
        signatures.insert(request.header("x-webhook-signature"));
        webhook_ids.insert(request.header("webhook-id"));
        targets.insert(request.target);
    }
    BOOST_TEST(receiver.requests().size() == 10U);
    BOOST_TEST(targets.size() == 10U);
    BOOST_TEST(webhook_ids.size() == 10U);
    // PSS is salted: another signing gives another value. Whoever had not been read yet had to be signed for
    // alone.
    BOOST_TEST(signatures.size() < 10U);
}

BOOST_AUTO_TEST_CASE(a_failed_event_is_sent_again_with_the_same_ids_and_signed_anew) {
    std::atomic<int> calls = 0;
    const Receiver receiver([&](const ReceivedRequest&) { return answer(calls++ < 2 ? 503 : 200); });
    const auto webhook = add_webhook(receiver.url());
    start();
    publish({webhook}, 2);
    wait_for_all();
    const auto requests = receiver.requests();
    BOOST_TEST_REQUIRE(requests.size() == 3U);
    for (const auto& request : requests) {
        BOOST_TEST(request.body == requests.front().body);
        BOOST_TEST(request.header("webhook-id") == requests.front().header("webhook-id"));
    }
    BOOST_TEST(ask("SELECT group_concat(outcome, ' ') FROM attempts") == "http_status http_status delivered");
    BOOST_TEST(ask("SELECT DISTINCT state, attempts FROM deliveries") == "delivered|3");
}

BOOST_AUTO_TEST_CASE(a_poisonous_event_is_found_and_its_companions_arrive) {
    settings.batch_events = 8;
    std::string poison;
    const Receiver receiver([&](const ReceivedRequest& request) {
        return answer(request.body.find(poison) == std::string::npos ? 200 : 500);
    });
    const auto webhook = add_webhook(receiver.url());
    poison = queue({webhook}, 12).events[6].item->id;
    start();
    wait_for("SELECT count(*) FROM deliveries WHERE state = 'pending'", "1");
    wait_for("SELECT alone FROM deliveries WHERE state = 'pending'", "1");
    publish({webhook}, 5);
    wait_for("SELECT count(*) FROM deliveries WHERE state = 'delivered'", "16");
}

BOOST_AUTO_TEST_CASE(gone_deactivates_and_what_waits_is_kept) {
    const Receiver receiver(answer(410));
    const auto webhook = add_webhook(receiver.url());
    settings.batch_events = 2;
    queue({webhook}, 5);
    start();
    wait_for("SELECT active FROM webhooks WHERE number = 2", "0");
    wait_until([&] { return lines_with("webhook deactivated") == 1; }, "a line in the log");
    stop();
    BOOST_TEST(receiver.requests().size() == 1U);
    BOOST_TEST(ask("SELECT count(*) FROM deliveries WHERE state = 'pending'") == "5");
    BOOST_TEST(ask("SELECT deactivated_because FROM webhook_health") == "gone");
}

BOOST_AUTO_TEST_CASE(what_a_receiver_asks_for_is_waited_for) {
    std::atomic<int> calls = 0;
    const Receiver receiver([&](const ReceivedRequest&) {
        return calls++ == 0 ? answer(429, {}, {{"Retry-After", "1"}}) : answer(200);
    });
    const auto webhook = add_webhook(receiver.url());
    settings.longest_retry = std::chrono::hours(1);
    start();
    const auto begin = steady_clock::now();
    publish({webhook});
    wait_until([&] { return receiver.requests().size() == 1; }, "the first request");
    publish({webhook});  // waits along
    wait_for_all();
    BOOST_TEST((steady_clock::now() - begin >= std::chrono::seconds(1)));
    BOOST_TEST(receiver.requests().size() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
