#include "server/api/request_body.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

namespace gateway::api {

namespace {

/// All faults of a body whose field "event" was asked for; empty when it is good.
std::string faults_of(const std::string_view text) {
    RequestBody body(text);
    const auto type = body.event_type("event");
    BOOST_TEST(type.has_value() == body.good());
    return body.error(ErrorCode::invalid_webhook_event).message;
}

bool has(const std::string& text, const std::string_view part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(request_body_test)

BOOST_AUTO_TEST_CASE(every_event_type_is_read) {
    for (std::size_t i = 0; i < event_type_names.size(); ++i) {
        RequestBody body(R"({"event":")" + std::string(event_type_names[i]) + R"("})");
        BOOST_TEST((body.event_type("event") == static_cast<EventType>(i)));
        BOOST_TEST(body.good());
    }
}

BOOST_AUTO_TEST_CASE(the_error_has_the_code_that_is_asked_for) {
    const RequestBody body("");
    BOOST_TEST((body.error(ErrorCode::invalid_request).code == ErrorCode::invalid_request));
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
    RequestBody body(R"({"first":1})");
    BOOST_TEST(!body.event_type("first").has_value());
    BOOST_TEST(!body.event_type("second").has_value());
    const auto message = body.error(ErrorCode::invalid_request).message;
    BOOST_TEST(has(message, "first: found the number 1, expected "));
    BOOST_TEST(has(message, ". second: missing, expected "));
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
