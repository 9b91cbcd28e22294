#include "storage/prepared_database.hpp"
#include "tests/support/test_server.hpp"

#include <boost/test/unit_test.hpp>

#include <system_error>

namespace gateway::test {

namespace {

/// Sends addWebhookEvent and returns when the server has begun with it: from then on it is in flight.
HttpClient begin_to_add(const TestApi& api, const std::string_view event) {
    auto client = api.server.connect();
    const auto body = TestApi::event_body(event);
    const Headers headers{{"Expect", "100-continue"}, {"Content-Length", std::to_string(body.size())}};
    client.send(request_text("POST", api.events_path(), {api.token.text, {}, headers}));
    BOOST_TEST_REQUIRE(client.receive().status == 100);
    client.send(body);
    return client;
}

bool is_refused(const std::system_error& error) {
    return error.code() == std::errc::connection_refused;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(lifecycle_test, TestApi)

BOOST_AUTO_TEST_CASE(health_and_readiness_need_no_key) {
    const auto health = client.request("GET", "/healthz");
    BOOST_TEST(health.status == 200);
    BOOST_TEST(health.text == R"({"status":"ok"})");
    const auto ready = client.request("GET", "/readyz");
    BOOST_TEST(ready.status == 200);
    BOOST_TEST(ready.text == R"({"status":"ready"})");
    BOOST_TEST(client.request("HEAD", "/readyz").status == 200);
}

BOOST_AUTO_TEST_CASE(a_stop_closes_idle_connections_and_refuses_new_ones) {
    auto never_used = server.connect();
    BOOST_TEST(add("user.created").status == 201);
    BOOST_TEST(server.stop());
    BOOST_TEST(client.receive_until_closed().empty());
    BOOST_CHECK_EXCEPTION(HttpClient(server.port()), std::system_error, is_refused);
}

BOOST_AUTO_TEST_CASE(a_stop_lets_what_is_in_flight_finish) {
    WriteLock lock(server.database());
    auto in_flight = begin_to_add(*this, "user.created");
    BOOST_TEST(!server.stop(std::chrono::milliseconds(1)));  // overrun: the request is still there
    lock.release();
    const auto answer = in_flight.receive();
    BOOST_TEST(answer.status == 201);
    BOOST_TEST(answer.header("Connection") == "close");
    in_flight.finish_sending();
    BOOST_TEST(server.stop());
    BOOST_TEST(in_flight.receive_until_closed().empty());
    BOOST_TEST(server.ask("SELECT event FROM webhook_events") == "user.created");
}

BOOST_AUTO_TEST_CASE(a_stop_waits_for_a_request_that_is_still_arriving) {
    Settings settings;
    settings.server.threads = 1;
    TestServer one_thread(settings);
    auto idle = one_thread.connect();
    auto arriving = one_thread.connect();
    const Headers headers{{"Expect", "100-continue"}, {"Content-Length", "3"}};
    arriving.send(request_text("GET", "/healthz", {{}, {}, headers}));
    BOOST_TEST(arriving.receive().status == 100);
    BOOST_TEST(!one_thread.stop(std::chrono::milliseconds(1)));
    BOOST_TEST(idle.receive_until_closed().empty());  // the thread has begun to stop
    arriving.send("abc");
    BOOST_TEST(arriving.receive().status == 200);
    arriving.finish_sending();
    BOOST_TEST(one_thread.stop());
}

BOOST_AUTO_TEST_CASE(a_second_server_on_the_same_file_is_refused) {
    BOOST_CHECK_THROW(storage::PreparedDatabase(server.database(), server.database().string() + ".key",
                                                system_random, server.clock),
                      storage::DatabaseRefused);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
