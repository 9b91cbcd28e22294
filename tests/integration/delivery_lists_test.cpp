// The lists of deliveries and attempts as their callers see them.

#include "tests/support/delivery_rows.hpp"
#include "tests/support/test_server.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace gateway::test {

namespace {

/// A webhook with five deliveries, two of them retried, and an attempt.
struct Fixture : TestApi {
    Fixture() {
        server.tamper(
            audience_row(1, app, "user.created", 1) + event_rows(1, 1, 5) + delivery_rows(1, 1) +
            "UPDATE deliveries SET attempts = 2, last_failure = 'connect',"
            " next_attempt_at = '2025-03-15T12:04:00.000Z' WHERE event < 3;"
            "INSERT INTO attempts VALUES (7, 'att_7', 1, '2025-03-15T12:00:00.000Z', 12, '[1,2]', 503,"
            " 'http_status', 'busy');");
    }

    Answer get(const std::string& list) {
        return client.request("GET", webhook_path() + list, {token.text, {}, {}});
    }

    std::string fault(const std::string& list) {
        const auto answer = get(list);
        BOOST_TEST(answer.status == 400);
        BOOST_TEST(answer.code() == "invalid_request");
        return std::string(answer.body.at("message").as_string());
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(delivery_lists_test, Fixture)

BOOST_AUTO_TEST_CASE(deliveries_come_in_pages) {
    const auto first = get("/deliveries?limit=4&status=pending");
    BOOST_TEST(first.status == 200);
    const auto& deliveries = first.body.at("deliveries").as_array();
    BOOST_TEST_REQUIRE(deliveries.size() == 4U);
    BOOST_TEST(deliveries[0] ==
               boost::json::parse(R"({"event_id":"evt_0000005","type":"user.created","status":"pending",
                   "attempts":0,"created_at":"2025-03-15T12:00:05.000Z"})"));
    BOOST_TEST(deliveries[3] ==
               boost::json::parse(R"({"event_id":"evt_0000002","type":"user.created","status":"pending",
                   "attempts":2,"next_attempt_at":"2025-03-15T12:04:00.000Z","last_outcome":"connect",
                   "created_at":"2025-03-15T12:00:02.000Z"})"));
    const std::string cursor(first.body.at("next_cursor").as_string());
    const auto second = get("/deliveries?limit=4&status=pending&cursor=" + cursor);
    BOOST_TEST(second.body.at("deliveries").as_array().size() == 1U);
    BOOST_TEST(!second.body.as_object().contains("next_cursor"));
    BOOST_TEST(get("/deliveries?since=2025-03-15T12:00:04Z&type=user.created")
                   .body.at("deliveries")
                   .as_array()
                   .size() == 2U);
}

BOOST_AUTO_TEST_CASE(attempts_tell_what_was_in_them_and_what_came_of_it) {
    BOOST_TEST(get("/attempts").text ==
               R"({"attempts":[{"id":"att_7","started_at":"2025-03-15T12:00:00.000Z","duration_ms":12,)"
               R"("event_ids":["evt_0000001","evt_0000002"],"http_code":503,"outcome":"http_status",)"
               R"("response":"busy"}]})");
    BOOST_TEST(get("/attempts?outcome=timeout").text == R"({"attempts":[]})");
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_a_filter_is_told) {
    for (const auto* const list : {"/deliveries", "/attempts"}) {
        for (const auto* const limit : {"0", "251", "-1", "ten", "", "1e2"})
            BOOST_TEST(fault(std::string(list) + "?limit=" + limit) ==
                       "limit: found \"" + std::string(limit) + "\", expected an integer from 1 to 250.");
        BOOST_TEST(fault(std::string(list) + "?cursor=x&since=noon") ==
                   "since: found \"noon\", expected a time like 2025-03-15T12:00:00.000Z. "
                   "cursor: found \"x\", expected the next_cursor of the page before.");
    }
    BOOST_TEST(fault("/deliveries?status=lost") ==
               "status: found \"lost\", expected one of pending, delivered, expired.");
    fault("/deliveries?type=user.gone");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
