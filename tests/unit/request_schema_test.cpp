// What the schemas of requests let pass is what their readers take.

#include "server/api/events.hpp"
#include "server/api/paging.hpp"
#include "server/api/scopes.hpp"
#include "server/api/user_sessions.hpp"
#include "server/api/users.hpp"
#include "tests/support/json_schema.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <initializer_list>
#include <string>

namespace gateway::api {

namespace json = boost::json;

namespace {

using Texts = std::initializer_list<std::string>;

template <class T>
void check_text(const std::string& text, const bool is_good) {
    Components components;
    auto schema = Wire<T>::schema(components);
    schema.erase("format");  // of which the checker knows only what answers have
    BOOST_TEST(test::schema_fault(json::value(text), schema, components.schemas()).empty() == is_good, text);
    BOOST_TEST(Wire<T>::parse("field", text).has_value() == is_good, text);
}

template <class T>
void check_texts(const Texts good, const Texts bad) {
    for (const auto& text : good)
        check_text<T>(text, true);
    for (const auto& text : bad)
        check_text<T>(text, false);
}

template <Described Request>
void check_body(const std::string& body, const bool is_good) {
    Components components;
    const auto is_in_body = [](const FieldType& field) {
        return field.text.name != "app_id" && field.text.name != "user_id";
    };
    const auto schema = message_type<Request>().reference(components, is_in_body);
    BOOST_TEST(test::schema_fault(json::parse(body), schema, components.schemas()).empty() == is_good, body);
    const RequestSource source{.texts = {{"app_id", "n3yq2tu"}, {"user_id", "usr_1"}}, .body = body};
    BOOST_TEST(read_request<Request>(source).has_value() == is_good, body);
}

template <Described Request>
void check_bodies(const Texts good, const Texts bad) {
    for (const auto& body : good)
        check_body<Request>(body, true);
    for (const auto& body : bad)
        check_body<Request>(body, false);
}

std::string user(const std::string& type, const std::string& value) {
    return R"({"identifiers":[{"type":")" + type + R"(","value":")" + value + R"("}]})";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(request_schema_test)

BOOST_AUTO_TEST_CASE(a_cursor_is_one_that_a_page_ended_with) {
    const auto written = Wire<Cursor>::write({1}, {});
    check_texts<Cursor>({std::string(written.as_string()), "f_________8", "AAAAAAAA-_0"},
                        {"", "AAAAAAAAAAA", "AAAAAAAAAAB", "g_________8", "AAAAAAAAAE", "AAAAAAAAAAAE",
                         "AAAAAAAA+/0", "AAAAAAAAAAE="});
}

BOOST_AUTO_TEST_CASE(a_time_ends_with_z_and_has_at_most_nine_digits_of_a_second) {
    check_texts<DateTime>(
        {"2025-03-15T12:00:00.000Z", "2025-03-15T12:00:00Z", "2025-03-15T12:00:00.1Z",
         "2025-03-15T12:00:00.012345678Z"},
        {"", "2025-03-15T12:00:00.000+01:00", "2025-03-15t12:00:00.000z", "2025-03-15 12:00:00.000Z",
         "2025-03-15T12:00:00.Z", "2025-03-15T12:00:00.0123456789Z", "2025-03-15T12:00Z"});
}

BOOST_AUTO_TEST_CASE(plain_texts_are_measured_in_characters_and_have_no_control_characters) {
    const auto of = [](const std::size_t count) {
        std::string text;
        for (std::size_t i = 0; i < count; ++i)
            text += "\xC3\xA4";
        return text;
    };
    const Texts bad{"", "a\nb", "\x7F", "\xC2\x80", std::string("a\0b", 3)};
    check_texts<ExternalId>({"customer-17", " ", of(128)}, bad);
    check_texts<ExternalId>({}, {of(129)});
    check_texts<CorrelationId>({"order-1042", of(256)}, bad);
    check_texts<CorrelationId>({}, {of(257)});
}

BOOST_AUTO_TEST_CASE(a_scope_is_not_reserved) {
    check_texts<Scope>({"orders:read", "a-prld:x"}, {"", "prld:", "prld:x", "a b"});
}

BOOST_AUTO_TEST_CASE(an_identifiers_value_is_of_the_form_of_its_type) {
    check_bodies<CreateUserRequest>(
        {user("phone_number", "+4915123456789"), user("email_address", "ada@example.com"),
         user("email_address", "\xC3\x84@\xC3\x84"), user("email_address", std::string(252, 'a') + "@b")},
        {user("phone_number", "ada@example.com"), user("email_address", "+4915123456789"),
         user("phone_number", "+123456"), user("phone_number", "+1234567890123456"),
         user("fax", "+4915123456789"), user("email_address", "a@b@c"), user("email_address", "a b@c"),
         user("email_address", "@b"), user("email_address", std::string(253, 'a') + "@b"),
         user("email_address", "a\\t@b"), R"({"identifiers":[]})"});
}

BOOST_AUTO_TEST_CASE(the_metadata_of_a_session_are_plain_texts) {
    const auto body = [](const std::string& metadata) {
        return R"({"identifier":{"type":"phone_number","value":"+4915123456789"},"metadata":)" + metadata +
               "}";
    };
    check_bodies<CreateUserSessionRequest>(
        {body("{}"), body(R"({"device":""})"), body(R"({"1":"a","2":"b","3":"c","4":"d","5":"e"})")},
        {body(R"({"":"a"})"), body(R"({"device":1})"), body(R"({"a\tb":"c"})"), body(R"({"device":"a\nb"})"),
         body(R"({"1":"a","2":"b","3":"c","4":"d","5":"e","6":"f"})")});
}

BOOST_AUTO_TEST_CASE(users_are_looked_up_by_external_ids_or_by_addresses) {
    check_bodies<LookUpUsersRequest>(
        {R"({"external_ids":["a"]})", R"({"external_ids":[]})", R"({"emails":["ada@example.com"]})"},
        {"{}", R"({"external_ids":["a"],"emails":[]})", R"({"emails":["ada"]})", R"({"external_ids":[""]})"});
}

BOOST_AUTO_TEST_CASE(an_event_has_the_payload_of_its_type_and_a_list_stands_alone) {
    const std::string deleted = R"("type":"user.deleted","payload":{"user_id":"u","deleted_at":"at noon"})";
    const std::string list = R"("events":[{)" + deleted + "}]";
    check_bodies<PublishEventsRequest>(
        {"{" + deleted + "}", "{" + deleted + R"(,"id":"1","correlation_id":"c"})", "{" + list + "}",
         R"({"type":"user.identifier.deleted","payload":{"user_id":"u","deleted_at":"",)"
         R"("identifier":{"type":"phone_number","value":""}}})",
         R"({"events":[{"id":"1",)" + deleted + R"(,"events":1}]})"},
        {"{}", R"({"type":"user.deleted"})",
         R"({"type":"user.created","payload":{"user_id":"u","deleted_at":""}})",
         R"({"events":[{"type":"user.created","payload":{"user_id":"u","deleted_at":""}}]})",
         R"({"events":[]})",
         R"({"type":"user.deleted","payload":{"user_id":"u","deleted_at":"","correlation_id":""}})",
         "{" + list + "," + deleted + "}", "{" + list + R"(,"id":"1"})",
         "{" + list + R"(,"correlation_id":"c"})", "{" + list + R"(,"type":"user.deleted"})"});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::api
