// The limit on the size of the database, as publishers meet it.

#include "tests/support/receiver.hpp"
#include "tests/support/test_server.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <thread>

namespace gateway::test {

namespace {

Settings with_small_limit() {
    Settings settings;
    settings.retention.max_size = 1U << 20U;
    settings.delivery.allow_networks = {"127.0.0.1/32"};
    return settings;
}

/// Has a webhook that is active, subscribed, and not to be reached.
struct Fixture : TestApi {
    Fixture() : TestApi(with_small_limit()) {
        server.ask("UPDATE webhooks SET url = '" + closed.url("/") +
                   "', events = '[\"user.deleted\"]', active = 1 WHERE id = '" + webhook + "'");
    }

    ClosedPort closed;

    Answer publish() {
        const std::string body = R"({"type":"user.deleted","payload":{"user_id":")" +
                                 std::string(20'000, 'x') + R"(","deleted_at":"2025-03-15T12:00:00.000Z"}})";
        return client.request("POST", "/v2/session/apps/" + app + "/events", {token.text, body, {}});
    }

    /// The first answer with another status, within a minute.
    Answer publish_while(const int status) {
        const auto deadline = std::chrono::steady_clock::now() + HttpClient::limit;
        while (true) {
            auto answer = publish();
            if (answer.status != status || std::chrono::steady_clock::now() > deadline) return answer;
            if (status != 201) std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(retention_test, Fixture)

BOOST_AUTO_TEST_CASE(a_database_full_of_what_is_still_to_be_delivered_takes_no_events_until_there_is_room) {
    const auto refused = publish_while(201);
    BOOST_TEST_REQUIRE(refused.status == 503);
    BOOST_TEST(refused.code() == "storage_unavailable");
    BOOST_TEST(refused.message().find("still to be delivered") != std::string::npos, refused.message());
    BOOST_TEST(refused.header("Retry-After") == "30");

    server.ask("UPDATE deliveries SET state = 'delivered'");
    BOOST_TEST(publish_while(503).status == 201);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
