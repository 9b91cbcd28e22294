// Events are published over HTTP.

#include "server/api/payloads.hpp"
#include "tests/support/test_server.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <thread>
#include <vector>

namespace gateway::test {

namespace {

const std::string payload(api::example_payload(EventType::user_created));

std::string event(const std::string& rest = "") {
    return R"({"type":"user.created","payload":)" + payload + rest + "}";
}

struct Fixture : TestApi {
    // Nothing is sent there, and no name looked up.
    Fixture() {
        server.ask(
            "UPDATE webhooks SET active = 1, events = '[\"user.created\"]', url = 'https://127.0.0.1/hook'");
    }

    [[nodiscard]] std::string path() const { return "/v2/session/apps/" + app + "/events"; }

    Answer publish(const std::string& body) { return client.request("POST", path(), {token.text, body, {}}); }

    /// How many deliveries the event has that was published last.
    std::string deliveries() {
        return server.ask("SELECT count(*) FROM deliveries WHERE event = (SELECT max(number) FROM events)");
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(publish_test, Fixture)

BOOST_AUTO_TEST_CASE(an_event_is_answered_with_its_id_and_time) {
    const auto answer = publish(event(R"(,"id":"c-1","correlation_id":"corr_1")"));
    BOOST_TEST(answer.status == 201);
    const auto id = server.ask("SELECT id FROM events");
    BOOST_TEST(answer.text == R"({"events":[{"id":")" + id +
                                  R"(","client_id":"c-1","type":"user.created","correlation_id":"corr_1",)"
                                  R"("created_at":"2025-03-15T12:00:00.000Z"}]})");
    BOOST_TEST(publish(event()).text.find("client_id") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(bad_bodies_have_their_codes) {
    const auto unknown = publish(R"({"type":"user.renamed","payload":{}})");
    BOOST_TEST(unknown.status == 400);
    BOOST_TEST(unknown.code() == "invalid_webhook_event");
    const auto faulty = publish(R"({"events":[)" + event() + R"(,{"type":"user.deleted","payload":{}}]})");
    BOOST_TEST(faulty.status == 400);
    BOOST_TEST(faulty.code() == "invalid_request");
    BOOST_TEST(faulty.message() ==
               "events[1].payload.user_id: missing, expected a text. events[1].payload.deleted_at: missing, "
               "expected a time as a text.");
    publish(event(R"(,"id":"c-1")"));
    const auto other = publish(event(R"(,"id":"c-1","correlation_id":"x")"));
    BOOST_TEST(other.status == 409);
    BOOST_TEST(other.code() == "event_already_exists");
    BOOST_TEST(other.body.at("status").as_string() == "conflict");
    BOOST_TEST(server.ask("SELECT count(*) FROM events") == "1");
}

BOOST_AUTO_TEST_CASE(a_disabled_app_publishes_nothing) {
    server.disable_sessions(app);
    BOOST_TEST(publish(event()).status == 403);
    BOOST_TEST(server.ask("SELECT count(*) FROM events") == "0");
}

/// The writer remembers whom events go to: each change in between has to reach it.
BOOST_AUTO_TEST_CASE(an_event_goes_to_whom_is_subscribed_when_it_comes) {
    const auto expect = [&](const std::string& count, const char* what) {
        BOOST_TEST(publish(event()).status == 201);
        BOOST_TEST(deliveries() == count, what);
    };
    const auto change = [&](const std::string_view method, const std::string& target,
                            const std::string& body) {
        const auto status = client.request(method, target, {token.text, body, {}}).status;
        BOOST_TEST((status == 200 || status == 201 || status == 204));
    };
    expect("1", "at first");
    change("POST", webhook_path() + "/deactivate", "");
    expect("0", "deactivated");
    server.ask("UPDATE webhooks SET active = 1");
    expect("1", "activated by hand");
    change("DELETE", events_path() + "/user.created", "");
    expect("0", "the type is removed");
    change("POST", events_path(), event_body("user.created"));
    expect("1", "the type is added");
    change("PATCH", webhook_path(), R"({"events":["user.deleted"]})");
    expect("0", "the types are replaced");
    change("PATCH", webhook_path(), R"({"events":["user.created"]})");
    expect("1", "and replaced again");
    change("PATCH", webhook_path(), R"({"url":"https://127.0.0.1/other"})");
    expect("0", "another url deactivates");
    server.ask("UPDATE webhooks SET active = 1, url = 'http://127.0.0.1/hook'");
    change("PUT", "/v2/session/apps/" + app + "/mode", R"({"mode":"dev"})");
    expect("1", "in dev mode");
    change("PUT", "/v2/session/apps/" + app + "/mode", R"({"mode":"prod"})");
    expect("0", "the mode deactivates plain http");
    server.ask("UPDATE webhooks SET active = 1");
    expect("1", "activated by hand again");
    const auto second = server.create_webhook(app, {EventType::user_created});
    server.ask("UPDATE webhooks SET active = 1, url = 'https://127.0.0.1/hook'");
    expect("2", "another one");
    change("DELETE", webhooks_path() + "/" + second, "");
    expect("1", "deleted");
    server.ask("DELETE FROM webhooks");
    expect("0", "deleted by hand");
}

BOOST_AUTO_TEST_CASE(calls_that_race_for_an_id_publish_one_event) {
    constexpr int callers = 8;
    std::vector<std::string> ids(callers);
    std::vector<std::thread> threads;
    for (auto& id : ids) {
        threads.emplace_back([&] {
            const auto answer = server.request("POST", path(), {token.text, event(R"(,"id":"c-1")"), {}});
            id = answer.text;
        });
    }
    for (auto& thread : threads)
        thread.join();
    for (const auto& id : ids)
        BOOST_TEST(id == ids.front());
    BOOST_TEST(ids.front().starts_with(R"({"events":[{"id":"evt_)"));
    BOOST_TEST(server.ask("SELECT count(*) FROM events") == "1");
    BOOST_TEST(deliveries() == "1");
}

BOOST_AUTO_TEST_CASE(an_event_that_another_process_holds_up_is_not_written) {
    Settings settings;
    settings.database.busy_timeout = std::chrono::milliseconds(1);
    TestApi api(settings);
    const WriteLock lock(api.server.database());
    const auto answer =
        api.client.request("POST", "/v2/session/apps/" + api.app + "/events", {api.token.text, event(), {}});
    BOOST_TEST(answer.status == 503);
    BOOST_TEST(answer.header("Retry-After") == "1");
    BOOST_TEST(api.server.ask("SELECT count(*) FROM events") == "0");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
