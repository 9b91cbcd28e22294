#include "tests/support/test_server.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <future>
#include <ranges>

namespace gateway::test {

namespace {

std::string events_of(const boost::json::object& webhook) {
    return boost::json::serialize(webhook.at("events"));
}

std::string text_at(const boost::json::object& object, const std::string_view key) {
    return std::string(object.at(key).as_string());
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(add_webhook_event_test, TestApi)

BOOST_AUTO_TEST_CASE(adding_an_event_answers_201_with_the_whole_webhook) {
    server.clock.advance(std::chrono::minutes(1));
    const auto answer = add("user.created");
    BOOST_TEST(answer.status == 201);
    BOOST_TEST(answer.header("Content-Type") == "application/json");
    const boost::json::value expected{{"webhook",
                                       {{"id", webhook},
                                        {"url", "https://shop.example/hook?secret=in-the-query"},
                                        {"events", boost::json::array{"user.created"}},
                                        {"active", false},
                                        {"last_http_code", 0},
                                        {"last_http_code_date", "1970-01-01T00:00:00.000Z"},
                                        {"created_at", "2025-03-15T12:00:00.000Z"},
                                        {"updated_at", "2025-03-15T12:01:00.000Z"}}}};
    BOOST_TEST(answer.body == expected);
}

BOOST_AUTO_TEST_CASE(what_was_answered_is_in_the_file) {
    add("user.session.revoked");
    BOOST_TEST(server.ask("SELECT webhook_id, position, event FROM webhook_events") ==
               webhook + "|1|user.session.revoked");
}

BOOST_AUTO_TEST_CASE(each_of_the_seven_types_can_be_added_and_the_order_of_addition_is_kept) {
    boost::json::array added;
    for (const auto name : event_type_names | std::views::reverse) {
        added.emplace_back(name);
        const auto answer = add(name);
        BOOST_TEST(answer.status == 201);
        BOOST_TEST(answer.webhook().at("events") == boost::json::value(added));
    }
}

BOOST_AUTO_TEST_CASE(what_a_delivery_left_in_the_row_is_told) {
    server.ask("UPDATE webhooks SET active = 1");
    server.ask(
        "INSERT INTO webhook_health (webhook, last_http_code, last_http_code_date)"
        " SELECT number, 502, '2025-03-15T14:45:00.000Z' FROM webhooks");
    const auto answer = add("user.created");
    BOOST_TEST(answer.webhook().at("active").as_bool());
    BOOST_TEST(answer.webhook().at("last_http_code") == 502);
    BOOST_TEST(text_at(answer.webhook(), "last_http_code_date") == "2025-03-15T14:45:00.000Z");
}

BOOST_AUTO_TEST_CASE(adding_an_event_twice_answers_201_and_changes_nothing) {
    const auto first = add("user.created");
    server.clock.advance(std::chrono::hours(1));
    const auto second = add("user.created");
    BOOST_TEST(second.status == 201);
    BOOST_TEST(second.body == first.body);
    BOOST_TEST(get_webhook().body == first.body);
}

BOOST_AUTO_TEST_CASE(each_change_moves_updated_at_even_when_the_clock_stands_still_or_goes_backwards) {
    BOOST_TEST(text_at(add("user.created").webhook(), "updated_at") == "2025-03-15T12:00:00.001Z");
    BOOST_TEST(text_at(add("user.deleted").webhook(), "updated_at") == "2025-03-15T12:00:00.002Z");
    server.clock.advance(std::chrono::hours(-24));
    BOOST_TEST(text_at(add("user.session.created").webhook(), "updated_at") == "2025-03-15T12:00:00.003Z");
    server.clock.advance(std::chrono::hours(48));
    BOOST_TEST(text_at(add("user.session.revoked").webhook(), "updated_at") == "2025-03-16T12:00:00.000Z");
}

BOOST_AUTO_TEST_CASE(one_webhook_changes_and_no_other) {
    const auto other = server.create_webhook(app, {EventType::user_deleted});
    add("user.created");
    BOOST_TEST(server.ask("SELECT events, updated_at FROM webhooks WHERE id = '" + other + "'") ==
               R"(["user.deleted"]|2025-03-15T12:00:00.000Z)");
}

BOOST_AUTO_TEST_CASE(clients_that_add_to_one_webhook_at_once_all_succeed_and_no_event_is_lost) {
    constexpr int rounds = 5;
    for (int round = 0; round < rounds; ++round) {
        webhook = server.create_webhook(app);
        std::vector<HttpClient> clients;
        for (std::size_t i = 0; i < event_type_names.size(); ++i)
            clients.push_back(server.connect());
        std::vector<std::future<int>> statuses;
        for (std::size_t i = 0; i < clients.size(); ++i) {
            statuses.push_back(std::async(std::launch::async, [this, &one = clients[i], i] {
                one.send(add_text(event_type_names[i]));
                return one.receive().status;
            }));
        }
        for (auto& status : statuses)
            BOOST_TEST(status.get() == 201);
        BOOST_TEST(get_webhook().webhook().at("events").as_array().size() == event_type_names.size());
    }
}

BOOST_AUTO_TEST_CASE(clients_that_add_the_same_event_at_once_all_succeed_and_it_is_added_once) {
    constexpr std::size_t most_clients = 16;
    std::vector<std::future<Answer>> answers;
    for (std::size_t i = 0; i < most_clients; ++i) {
        answers.push_back(std::async(std::launch::async, [this] {
            auto one = server.connect();
            one.send(add_text("user.created"));
            return one.receive();
        }));
    }
    for (auto& pending : answers) {
        const auto answer = pending.get();
        BOOST_TEST(answer.status == 201);
        BOOST_TEST(events_of(answer.webhook()) == R"(["user.created"])");
        BOOST_TEST(text_at(answer.webhook(), "updated_at") == "2025-03-15T12:00:00.001Z");
    }
}

BOOST_AUTO_TEST_CASE(a_change_by_hand_holds_from_the_next_request_on) {
    add("user.created");
    server.ask(R"(UPDATE webhooks SET events = '["user.deleted"]')");
    BOOST_TEST(events_of(add("user.session.created").webhook()) ==
               R"(["user.deleted","user.session.created"])");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
