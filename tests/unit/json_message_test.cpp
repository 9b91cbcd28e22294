#include "server/api/json_message.hpp"

#include "server/api/webhooks.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

namespace gateway::api {

namespace {

Result<WebhookEventRequest> read_event(const std::string_view body) {
    return read_request<WebhookEventRequest>({{{"app_id", "54e9ujn"}, {"webhook_id", "web_1"}}, body});
}

/// All faults of a body in which only the event is left to be told; empty when it is good.
std::string faults_of(const std::string_view body) {
    const auto request = read_event(body);
    return request.has_error() ? request.error().message : "";
}

std::string faults_of_change(const std::string_view body) {
    const auto request =
        read_request<UpdateWebhookRequest>({{{"app_id", "54e9ujn"}, {"webhook_id", "web_1"}}, body});
    return request.has_error() ? request.error().message : "";
}

/// A request whose body is its event type, with a word beside it.
struct WholeRequest {
    EventType event{};
    std::optional<std::string> word;

    static constexpr auto describe() {
        return message("WholeRequest", field(&WholeRequest::event, {"event", {}}),
                       field(&WholeRequest::word, {"word", {}}).as_metadata());
    }
};

bool has(const std::string& text, const std::string_view part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(json_message_test)

BOOST_AUTO_TEST_CASE(every_event_type_is_read) {
    for (std::size_t i = 0; i < event_type_names.size(); ++i) {
        const auto request = read_event(R"({"event":")" + std::string(event_type_names[i]) + R"("})");
        BOOST_TEST_REQUIRE(request.has_value());
        BOOST_TEST((request->event == static_cast<EventType>(i)));
        BOOST_TEST(request->app_id == "54e9ujn");
        BOOST_TEST(request->webhook_id == "web_1");
    }
}

BOOST_AUTO_TEST_CASE(the_error_has_the_code_of_the_request) {
    BOOST_TEST((read_event("").error().code == ErrorCode::invalid_webhook_event));
    const auto create = read_request<CreateWebhookRequest>({{}, ""});
    BOOST_TEST((create.error().code == ErrorCode::invalid_request));
}

BOOST_AUTO_TEST_CASE(a_field_that_came_as_text_goes_before_the_body) {
    const auto request = read_request<WebhookEventRequest>(
        {{{"app_id", "a"}, {"webhook_id", "w"}, {"event", "user.deleted"}}, R"({"event":"user.created"})"});
    BOOST_TEST_REQUIRE(request.has_value());
    BOOST_TEST((request->event == EventType::user_deleted));
    const auto wrong = read_request<WebhookEventRequest>(
        {{{"app_id", "a"}, {"webhook_id", "w"}, {"event", "x"}}, std::nullopt});
    BOOST_TEST(wrong.error().message.starts_with(R"(event: found "x", expected one of user.created, )"));
}

BOOST_AUTO_TEST_CASE(a_change_names_something_to_change) {
    BOOST_TEST(faults_of_change("{}") ==
               "The request body names nothing to change, expected any of url, verification_token, events.");
    BOOST_TEST(faults_of_change(R"({"events":[]})") == "");
    BOOST_TEST(
        has(faults_of_change(R"({"url":1})"), "url: found the number 1, expected an absolute https URL."));
}

BOOST_AUTO_TEST_CASE(a_body_can_be_one_field_of_its_request) {
    const auto read = [](const std::string_view body) {
        return read_request<WholeRequest>({{{"word", "w"}}, body, "event"});
    };
    const auto good = read(R"( "user.deleted" )");
    BOOST_TEST_REQUIRE(good.has_value());
    BOOST_TEST((good->event == EventType::user_deleted));
    BOOST_TEST(good->word.value() == "w");
    BOOST_TEST(read(R"({"event":"user.deleted"})").error().message.starts_with("event: found an object, "));
    BOOST_TEST(read("").error().message == "The request body is empty; a JSON object is expected.");
}

BOOST_AUTO_TEST_CASE(a_byte_order_mark_is_named) {
    BOOST_TEST(has(faults_of("\xEF\xBB\xBF{\"event\":\"user.created\"}"), "byte order mark"));
}

BOOST_AUTO_TEST_CASE(faults_are_told_once_and_by_name) {
    BOOST_TEST(faults_of("") == "The request body is empty; a JSON object is expected.");
    BOOST_TEST(faults_of("[]") == "The request body is an array; a JSON object is expected.");
    BOOST_TEST(has(faults_of("{"), "is not JSON: "));
    BOOST_TEST(!has(faults_of("{"), "missing"));
    BOOST_TEST(faults_of("{}").starts_with("event: missing, expected one of user.created, user.deleted, "));
    BOOST_TEST(
        faults_of(R"({"event":"x"})").starts_with(R"(event: found "x", expected one of user.created, )"));
    BOOST_TEST(faults_of(R"({"event":"user.created"})") == "");
}

BOOST_AUTO_TEST_CASE(the_faults_of_all_fields_are_told_together) {
    for (const std::string_view body : {"{}", R"({"other":1})"}) {
        const auto request = read_request<CreateWebhookRequest>({{{"app_id", "a"}}, body});
        BOOST_TEST_REQUIRE(request.has_error());
        BOOST_TEST(request.error().message.starts_with(
            "url: missing, expected an absolute https URL. verification_token: missing, expected a text of 1 "
            "to 100 "
            "characters. events: missing, expected an array, each item one of user.created, "));
    }
}

BOOST_AUTO_TEST_CASE(a_response_is_written_in_the_order_of_its_fields) {
    BOOST_TEST(write_response(to_response({.id = "web_1",
                                           .app_id = "a",
                                           .url = "https://a/",
                                           .events = {},
                                           .last_http_code = {},
                                           .last_http_code_date = {},
                                           .created_at = {},
                                           .updated_at = {}})) ==
               R"({"webhook":{"id":"web_1","url":"https://a/","events":[],"active":false,"last_http_code":0,)"
               R"("last_http_code_date":"1970-01-01T00:00:00.000Z","created_at":"1970-01-01T00:00:00.000Z",)"
               R"("updated_at":"1970-01-01T00:00:00.000Z"}})");
}

BOOST_AUTO_TEST_CASE(a_body_of_any_size_is_read) {
    const std::string padding(100'000, 'x');
    BOOST_TEST(faults_of(R"({"padding":")" + padding + R"(","event":"user.created"})") == "");
}

BOOST_AUTO_TEST_CASE(a_value_is_told_by_its_type) {
    const std::pair<std::string_view, std::string_view> values[] = {
        {"null", "null"},
        {"true", "true"},
        {"false", "false"},
        {"-1", "the number -1"},
        {R"("text")", R"("text")"},
        {"[1]", "an array"},
        {R"({"a":1})", "an object"},
        {"18446744073709551615", "the number 18446744073709551615"}};
    for (const auto& [text, expected] : values)
        BOOST_TEST(found(boost::json::parse(text)) == expected);
    BOOST_TEST(found(boost::json::parse("1.5")).starts_with("the number 1"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::api
