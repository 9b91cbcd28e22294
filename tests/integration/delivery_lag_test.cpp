// What waits for its turn though nothing but the dispatcher holds it up.
#include "tests/support/delivery_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>

namespace gateway::test {

namespace {

Script held_by(Gate& gate) {
    return [&gate](const ReceivedRequest&) {
        gate.pass();
        return answer(200);
    };
}

struct Lag : DeliveryFixture {
    Gate gate;
    Receiver slow{held_by(gate)};
    Receiver quick{[](const ReceivedRequest&) { return answer(200); }};

    [[nodiscard]] bool any_waits() const { return deliveries->waiting_since().has_value(); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(delivery_lag_test, Lag)

BOOST_AUTO_TEST_CASE(a_webhook_that_is_free_waits_while_others_take_all_requests) {
    settings.in_flight = 1;
    const auto busy = add_webhook(slow.url());
    const auto free = add_webhook(quick.url());
    start();
    publish({busy});
    wait_until([this] { return slow.requests().size() == 1; }, "the request that holds all others up");
    BOOST_TEST(!any_waits());
    publish({free});
    wait_until([this] { return any_waits(); }, "the wait");
    const auto since = deliveries->waiting_since();
    publish({free});
    BOOST_TEST((deliveries->waiting_since() == since));
    gate.open();
    wait_for_all();
    wait_until([this] { return !any_waits(); }, "the end of the wait");
}

BOOST_AUTO_TEST_CASE(a_webhook_that_is_being_called_does_not_wait) {
    const auto busy = add_webhook(slow.url());
    const auto free = add_webhook(quick.url());
    start();
    publish({busy});
    wait_until([this] { return slow.requests().size() == 1; }, "the request");
    publish({busy, free});
    wait_until([this] { return !quick.requests().empty(); }, "the other's request");
    BOOST_TEST(!any_waits());
    gate.open();
    wait_for_all();
}

BOOST_AUTO_TEST_CASE(what_is_to_be_tried_again_later_does_not_wait) {
    settings.first_retry = settings.longest_retry = std::chrono::hours(1);
    const Receiver failing([](const ReceivedRequest&) { return answer(500); });
    const auto webhook = add_webhook(failing.url());
    start();
    publish({webhook});
    wait_for("SELECT last_failure FROM deliveries", "http_status");
    publish({webhook});
    wait_for("SELECT count(*) FROM deliveries WHERE last_failure = 'http_status'", "2");
    publish({webhook});  // the second failure in a row holds it back
    wait_until([this] { return !any_waits(); }, "the webhook to be held back");
    BOOST_TEST(ask("SELECT count(*) FROM deliveries WHERE last_failure IS NULL") == "1");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_signed_waits) {
    const auto webhook = add_webhook(quick.url());
    wait_for("SELECT count(*) FROM signing_keys", "1");
    spoil("signing_keys", "private_key_sealed");
    start();
    publish({webhook});
    wait_until([this] { return lines_with("a delivery cannot be signed") > 0; }, "the attempt to sign");
    wait_until([this] { return any_waits(); }, "the wait");
    BOOST_TEST(quick.requests().empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
