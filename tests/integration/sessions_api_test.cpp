// Each status, code and event of the operations on sessions, over HTTP.

#include "tests/support/test_server.hpp"

#include <boost/json/array.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <thread>
#include <vector>

namespace gateway::test {

namespace {

const std::string ada = R"({"type":"email_address","value":"ada@example.com"})";
const std::string now = "2025-03-15T12:00:00.000Z";

Settings with_sessions(const std::size_t most) {
    Settings settings;
    settings.sessions.max_per_user = most;
    return settings;
}

struct Fixture : TestApi {
    explicit Fixture(const Settings& settings = with_sessions(3)) : TestApi(settings) {}

    std::string users = "/v2/session/apps/" + app + "/users";
    std::string user =
        std::string(client.request("POST", users, {token.text, R"({"identifiers":[)" + ada + "]}", {}})
                        .body.at("id")
                        .as_string());

    [[nodiscard]] std::string path(const std::string& rest = "") const {
        return users + "/" + user + "/sessions" + rest;
    }

    Answer call(const std::string& method, const std::string& rest,
                const std::optional<std::string>& body = {}, const Headers& headers = {}) {
        return client.request(method, path(rest), {token.text, body, headers});
    }

    Answer let_in(const std::string& rest = "") {
        return call("POST", "", R"({"identifier":)" + ada + rest + "}");
    }

    /// The id of a new one.
    std::string session() {
        const auto answer = let_in();
        BOOST_TEST_REQUIRE(answer.status == 201, answer.text);
        return std::string(answer.body.at("session").at("id").as_string());
    }

    std::string list() { return call("GET", "").text; }

    /// Type and session of all events, oldest first, that of the user's creation apart.
    [[nodiscard]] std::string events() const {
        return server.ask(
            "SELECT type, json_extract(payload, '$.session_id') FROM events WHERE number > 1 ORDER BY "
            "number");
    }

    static void check(const Answer& answer, const int status, const std::string& code = "") {
        BOOST_TEST(answer.status == status, answer.text);
        BOOST_TEST(answer.code() == code);
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sessions_api_test, Fixture)

BOOST_AUTO_TEST_CASE(a_user_is_let_in) {
    const auto answer = let_in(R"(,"metadata":{"device":"phone"})");
    BOOST_TEST(answer.status == 201);
    const auto id = std::string(answer.body.at("session").at("id").as_string());
    BOOST_TEST(answer.text == R"({"session":{"id":")" + id + R"(","created_at":")" + now +
                                  R"(","last_seen_at":")" + now + R"("}})");
    BOOST_TEST(server.ask("SELECT type, payload FROM events WHERE number > 1") ==
               R"(user.session.created|{"user_id":")" + user + R"(","session_id":")" + id +
                   R"(","identifier":)" + ada + R"(,"metadata":{"device":"phone"},"created_at":")" + now +
                   R"("})");
}

BOOST_AUTO_TEST_CASE(an_identifier_is_compared_as_it_is_kept) {
    check(call("POST", "", R"({"identifier":{"type":"email_address","value":"ADA@example.com"}})"), 201);
}

BOOST_AUTO_TEST_CASE(nobody_is_let_in_who_may_not_be) {
    check(call("POST", "", R"({"identifier":{"type":"email_address","value":"bob@example.com"}})"), 400,
          "invalid_request");
    const auto bad = call("POST", "", R"({"metadata":{"a":1}})");
    check(bad, 400, "invalid_request");
    BOOST_TEST(bad.message() ==
               "identifier: missing, expected an object with type and value. "
               R"(metadata."a": found a number, expected a text.)");
    client.request("PUT", users + "/" + user + "/status", {token.text, R"({"status":"blocked"})", {}});
    const auto blocked = let_in();
    check(blocked, 403, "user_blocked");
    BOOST_TEST(blocked.body.at("status").as_string() == "forbidden");
    user = "usr_nothing";
    check(let_in(), 404, "user_not_found");
    BOOST_TEST(events() == "");
}

BOOST_AUTO_TEST_CASE(sessions_are_listed_newest_first) {
    BOOST_TEST(list() == R"({"sessions":[]})");
    const auto first = session();
    const auto second = session();
    const auto item = [](const std::string& id) {
        return R"({"id":")" + id + R"(","created_at":")" + now + R"(","last_seen_at":")" + now + R"("})";
    };
    BOOST_TEST(list() == R"({"sessions":[)" + item(second) + "," + item(first) + "]}");
    user = "usr_nothing";
    check(call("GET", ""), 404, "user_not_found");
}

BOOST_AUTO_TEST_CASE(a_session_that_is_touched_was_seen_last) {
    const auto id = session();
    server.clock.advance(std::chrono::hours(1));
    const auto answer = call("POST", "/" + id + "/touch");
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.text == R"({"session":{"id":")" + id + R"(","created_at":")" + now +
                                  R"(","last_seen_at":"2025-03-15T13:00:00.000Z"}})");
    BOOST_TEST(server.ask("SELECT last_seen_at FROM user_sessions") == "2025-03-15T13:00:00.000Z");
    BOOST_TEST(events() == "user.session.created|" + id);
    check(call("POST", "/ses_nothing/touch"), 404, "session_not_found");
    user = "usr_nothing";
    check(call("POST", "/" + id + "/touch"), 404, "user_not_found");
}

BOOST_AUTO_TEST_CASE(a_session_is_revoked) {
    const auto first = session();
    const auto second = session();
    const auto answer = call("DELETE", "/" + first);
    BOOST_TEST(answer.status == 204);
    BOOST_TEST(answer.text.empty());
    check(call("DELETE", "/" + first), 404, "session_not_found");
    check(call("DELETE", "/" + second, {}, {{"X-Correlation-Id", "a b"}}), 400, "invalid_request");
    BOOST_TEST(server.ask("SELECT id FROM user_sessions") == second);
    BOOST_TEST(server.ask("SELECT type, payload FROM events WHERE number > 3") ==
               R"(user.session.revoked|{"user_id":")" + user + R"(","session_id":")" + first +
                   R"(","revoked_at":")" + now + R"("})");
    user = "usr_nothing";
    check(call("DELETE", "/" + second), 404, "user_not_found");
}

BOOST_AUTO_TEST_CASE(all_sessions_are_revoked_at_once) {
    const auto first = session();
    const auto second = session();
    const Headers header{{"X-Correlation-Id", "call-7"}};
    const auto answer = call("POST", "/invalidate", {}, header);
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.text.empty());
    BOOST_TEST(
        server.ask(
            "SELECT type, json_extract(payload, '$.session_id'), correlation_id, "
            "json_extract(payload, '$.correlation_id') FROM events WHERE number > 3 ORDER BY number") ==
        "user.session.revoked|" + first + "|call-7|call-7\nuser.session.revoked|" + second +
            "|call-7|call-7");
    BOOST_TEST(list() == R"({"sessions":[]})");
    BOOST_TEST(call("POST", "/invalidate").status == 200);
    check(call("POST", "/invalidate", {}, {{"X-Correlation-Id", std::string(65, 'a')}}), 400,
          "invalid_request");
    user = "usr_nothing";
    check(call("POST", "/invalidate"), 404, "user_not_found");
    BOOST_TEST(server.ask("SELECT count(*) FROM events") == "5");
}

BOOST_AUTO_TEST_CASE(of_sessions_that_are_begun_at_once_as_many_stay_as_a_user_may_have) {
    const auto oldest = session();
    session();
    session();
    constexpr int callers = 8;
    std::vector<int> statuses(callers);
    std::vector<std::thread> threads;
    threads.reserve(callers);
    for (auto& status : statuses) {
        threads.emplace_back([&] {
            status = server.request("POST", path(), {token.text, R"({"identifier":)" + ada + "}", {}}).status;
        });
    }
    for (auto& thread : threads)
        thread.join();
    BOOST_TEST(std::ranges::count(statuses, 201) == callers);
    BOOST_TEST(server.ask("SELECT count(*) FROM user_sessions") == "3");
    // Each that began is live or has ended with one event.
    BOOST_TEST(server.ask("SELECT count(*), count(DISTINCT json_extract(payload, '$.session_id')) FROM events"
                          " WHERE type = 'user.session.revoked'") == "8|8");
    BOOST_TEST(server.ask("SELECT json_extract(payload, '$.session_id') FROM events"
                          " WHERE type = 'user.session.revoked' ORDER BY number LIMIT 1") == oldest);
}

BOOST_AUTO_TEST_CASE(a_session_ends_by_its_age) {
    Settings settings;
    settings.sessions.max_age = std::chrono::seconds(1);
    Fixture api(settings);
    const auto old = api.session();
    api.server.clock.advance(std::chrono::seconds(1));
    const auto listed = [&] { return api.call("GET", ""); };
    const auto deadline = std::chrono::steady_clock::now() + HttpClient::limit;
    while (!listed().body.at("sessions").as_array().empty())
        BOOST_TEST_REQUIRE((std::chrono::steady_clock::now() < deadline));
    BOOST_TEST(api.events() == "user.session.created|" + old + "\nuser.session.revoked|" + old);
    check(api.call("POST", "/" + old + "/touch"), 404, "session_not_found");
}

BOOST_AUTO_TEST_CASE(what_a_session_is_of_stays_out_of_the_log) {
    let_in(R"(,"metadata":{"city":"Marylebone"})");
    call("POST", "", R"({"identifier":{"type":"email_address","value":"bob@example.com"}})");
    call("POST", "", R"({"identifier":"ada@example.com"})");
    const auto log = server.end_and_read_log();
    BOOST_TEST(log.find("createUserSession") != std::string::npos);
    for (const std::string personal : {"ada@", "bob@", "Marylebone"})
        BOOST_TEST(log.find(personal) == std::string::npos, personal);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
