// Events are read back, one and many.

#include "server/api/payloads.hpp"
#include "tests/support/test_server.hpp"

#include <boost/json/array.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace gateway::test {

namespace {

const std::string payload =
    R"({"user_id":"usr_1","deleted_at":"2025-03-15T12:00:00.000Z","n":1.50e+3,"big":12345678901234567890123})";

struct Fixture : TestApi {
    [[nodiscard]] std::string path() const { return "/v2/session/apps/" + app + "/events"; }

    Answer get(const std::string& rest = "") {
        return client.request("GET", path() + rest, {token.text, {}, {}});
    }

    /// The id of a new one.
    std::string publish(const std::string& type = "user.deleted", const std::string& rest = "") {
        const auto of_type = type == "user.deleted"
                                 ? payload
                                 : std::string(api::example_payload(parse_event_type(type).value()));
        const auto body = R"({"type":")" + type + R"(","payload":)" + of_type + rest + "}";
        const auto answer = client.request("POST", path(), {token.text, body, {}});
        BOOST_TEST_REQUIRE(answer.status == 201);
        return answer.body.at("events").at(0).at("id").as_string().c_str();
    }

    /// The ids of all pages.
    std::vector<std::string> all(const std::string& query) {
        std::vector<std::string> ids;
        std::string cursor;
        do {
            const auto answer = get(query + cursor);
            BOOST_TEST_REQUIRE(answer.status == 200);
            for (const auto& event : answer.body.at("events").as_array())
                ids.emplace_back(event.at("id").as_string());
            const auto* const next = answer.body.as_object().if_contains("next_cursor");
            cursor = next ? "&cursor=" + std::string(next->as_string()) : "";
        } while (!cursor.empty());
        return ids;
    }
};

using Ids = std::vector<std::string>;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(events_read_test, Fixture)

BOOST_AUTO_TEST_CASE(an_event_is_told_with_its_payload_and_what_became_of_it) {
    const auto id = publish("user.deleted", R"(,"id":"c-1","correlation_id":"x")");
    server.ask(
        "INSERT INTO deliveries (event, webhook, attempts, last_failure, next_attempt_at)"
        " SELECT 1, number, 2, 'timeout', '2025-03-15T13:00:00.000Z' FROM webhooks");
    const auto answer = get("/" + id);
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.text ==
               R"({"event":{"id":")" + id +
                   R"(","client_id":"c-1","type":"user.deleted","correlation_id":"x",)"
                   R"("created_at":"2025-03-15T12:00:00.000Z","payload":)" +
                   payload.substr(0, payload.size() - 1) +
                   R"(,"correlation_id":"x"},"deliveries":[{"webhook_id":")" + webhook +
                   R"(","status":"pending","attempts":2,)"
                   R"("next_attempt_at":"2025-03-15T13:00:00.000Z","last_outcome":"timeout"}]}})");
    server.ask("DELETE FROM webhooks");
    server.ask("UPDATE events SET test = 1");
    BOOST_TEST(get("/" + id).text.find(R"("test":true)") != std::string::npos);
    BOOST_TEST(get("/" + id).text.ends_with(R"("deliveries":[]}})"));
}

BOOST_AUTO_TEST_CASE(an_event_of_another_app_is_not_found) {
    const auto id = publish();
    const auto other = server.create_app();
    const auto key = server.create_token(std::nullopt).text;
    const auto answer = client.request("GET", "/v2/session/apps/" + other + "/events/" + id, {key, {}, {}});
    BOOST_TEST(answer.status == 404);
    BOOST_TEST(answer.code() == "event_not_found");
    BOOST_TEST(get("/evt_1").code() == "event_not_found");
    BOOST_TEST(get("/" + id).status == 200);
}

BOOST_AUTO_TEST_CASE(events_are_listed_newest_first_in_pages) {
    Ids newest_first;
    for (int i = 0; i < 7; ++i) {
        newest_first.insert(newest_first.begin(), publish(i % 3 == 0 ? "user.created" : "user.deleted"));
        server.ask(
            "UPDATE webhooks SET active = 1 - active, events = '[\"user.deleted\"]',"
            " url = 'https://127.0.0.1/hook'");
    }
    for (const std::string limit : {"1", "3", "7", "250"})
        BOOST_TEST(all("?limit=" + limit) == newest_first, boost::test_tools::per_element());
    const Ids created{newest_first[0], newest_first[3], newest_first[6]};
    BOOST_TEST(all("?type=user.created&limit=2") == created, boost::test_tools::per_element());
    BOOST_TEST(get().text.find("payload") == std::string::npos);
    BOOST_TEST(get("?limit=7").text.find("next_cursor") == std::string::npos);
    const auto first = get("?limit=1");
    publish();
    const std::string cursor(first.body.at("next_cursor").as_string());
    BOOST_TEST(get("?limit=1&cursor=" + cursor).body.at("events").at(0).at("id").as_string() ==
               newest_first[1]);
}

BOOST_AUTO_TEST_CASE(events_are_listed_by_their_time) {
    Ids ids;
    for (int i = 0; i < 4; ++i) {
        ids.insert(ids.begin(), publish());
        server.clock.advance(std::chrono::seconds(1));
    }
    BOOST_TEST(all("?since=2025-03-15T12:00:02Z") == (Ids{ids[0], ids[1]}), boost::test_tools::per_element());
    BOOST_TEST(all("?until=2025-03-15T12:00:02.000Z&limit=1") == (Ids{ids[2], ids[3]}),
               boost::test_tools::per_element());
    BOOST_TEST(all("?since=2025-03-15T12:00:00.001Z&until=2025-03-15T12:00:02Z") == (Ids{ids[2]}),
               boost::test_tools::per_element());
    BOOST_TEST(all("?since=2026-01-01T00:00:00Z").empty());
}

BOOST_AUTO_TEST_CASE(filters_that_are_none_are_told_together) {
    const auto answer = get("?type=x&since=noon&limit=251&cursor=!");
    BOOST_TEST(answer.status == 400);
    BOOST_TEST(answer.code() == "invalid_request");
    for (const std::string field : {"type: found", "since: found", "limit: found", "cursor: found"})
        BOOST_TEST(answer.message().find(field) != std::string::npos, field);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
