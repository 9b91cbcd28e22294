// What addWebhookEvent says of a body that it cannot use.

#include "tests/support/test_server.hpp"

#include <boost/test/unit_test.hpp>

#include <array>

namespace gateway::test {

namespace {

constexpr std::string_view expected =
    "expected one of user.created, user.deleted, user.profile.updated, user.identifier.created,"
    " user.identifier.deleted, user.session.created, user.session.revoked.";

struct BadBody {
    std::string_view reason;
    std::string body;
    std::string message;  ///< the answer's, or how it begins when it ends with "*"
};

std::string repeat(const std::string_view text, const std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i)
        all += text;
    return all;
}

std::string found(const std::string_view what) {
    return "event: found " + std::string(what) + ", " + std::string(expected);
}

const std::string not_json = "The request body is not JSON: *";
const std::string missing = "event: missing, " + std::string(expected);

/// A body with this JSON text as its event.
std::string event(const std::string_view value) {
    return R"({"event":)" + std::string(value) + "}";
}

const BadBody bad_bodies[] = {
    {"empty", "", "The request body is empty; a JSON object is expected."},
    {"white space", " \r\n", not_json},
    {"a bare word", "user.created", not_json},
    {"single quotes", "{'event':'user.created'}", not_json},
    {"truncated", R"({"event":"user.created")", not_json},
    {"truncated in a string", R"({"event":"user.cre)", not_json},
    {"text after it", R"({"event":"user.created"} x)", not_json},
    {"two objects", R"({"event":"user.created"}{})", not_json},
    {"a trailing comma", R"({"event":"user.created",})", not_json},
    {"a byte order mark", "\xEF\xBB\xBF" + event(R"("user.created")"),
     "The request body begins with a byte order mark (EF BB BF); send the JSON without it."},
    {"invalid UTF-8", event("\"user.\xFF\""), not_json},
    {"a truncated UTF-8 character", event("\"\xE2\x82\""), not_json},
    {"an overlong UTF-8 character", event("\"\xC0\xAF\""), not_json},
    {"a lone surrogate", event(R"("\ud800")"), not_json},
    {"a NUL byte", event(std::string("\"user\0created\"", 14)), not_json},
    {"a raw control character", event("\"user\x01\""), not_json},
    {"too deep", repeat("[", 40) + repeat("]", 40), not_json},
    {"as deep as can be sent", repeat(R"({"event":)", 7'000), not_json},
    {"an array", R"(["user.created"])", "The request body is an array; a JSON object is expected."},
    {"null", "null", "The request body is null; a JSON object is expected."},
    {"a string", R"("user.created")", R"(The request body is "user.created"; a JSON object is expected.)"},
    {"a number", "7", "The request body is the number 7; a JSON object is expected."},
    {"an empty object", "{}", missing},
    {"another field", R"({"type":"user.created"})", missing},
    {"the field's name in another case", R"({"Event":"user.created"})", missing},
    {"event: a number", event("1"), found("the number 1")},
    {"event: an immense number", event("1e999"), "event: found the number *"},
    {"event: a boolean", event("true"), found("true")},
    {"event: an array", event(R"(["user.created"])"), found("an array")},
    {"event: an object", event("{}"), found("an object")},
    {"event: empty", event(R"("")"), found(R"("")")},
    {"event: an unknown type", event(R"("user.exploded")"), found(R"("user.exploded")")},
    {"event: another case", event(R"("User.Created")"), found(R"("User.Created")")},
    {"event: a space behind", event(R"("user.created ")"), found(R"("user.created ")")},
    {"event: 65 characters", event('"' + repeat("é", 65) + '"'), found('"' + repeat("é", 64) + "…\"")},
    {"event: 64 characters", event('"' + repeat("é", 64) + '"'), found('"' + repeat("é", 64) + '"')},
    {"event: control characters", event(R"("a\n\u0000\u007f")"), found(R"("a\x0a\x00\x7f")")},
    {"of a duplicated key the last counts", R"({"event":"user.created","event":"nope"})", found(R"("nope")")},
};

bool says(const std::string& message, const std::string& wanted) {
    if (!wanted.ends_with('*')) return message == wanted;
    return message.starts_with(wanted.substr(0, wanted.size() - 1));
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(add_webhook_event_body_test, TestApi)

BOOST_AUTO_TEST_CASE(a_bad_body_is_answered_400_with_what_is_wrong_on_a_living_connection) {
    for (const auto& [reason, body, message] : bad_bodies) {
        BOOST_TEST_CONTEXT(reason) {
            const auto answer = post(body);
            BOOST_TEST(answer.status == 400);
            BOOST_TEST(answer.code() == "invalid_webhook_event");
            BOOST_TEST(answer.body.at("status").as_string() == "bad_request");
            BOOST_TEST(says(answer.message(), message), "found: " + answer.message());
            BOOST_TEST(answer.keep_alive);
        }
    }
    BOOST_TEST(server.ask("SELECT events FROM webhooks") == "[]");
}

BOOST_AUTO_TEST_CASE(null_is_no_event, *boost::unit_test::label("paths")) {
    const auto answer = post(event("null"));
    BOOST_TEST(answer.code() == "invalid_webhook_event");
    BOOST_TEST(answer.message() == found("null"));
}

BOOST_AUTO_TEST_CASE(a_good_body_may_have_more_in_it_than_is_asked_for) {
    const std::string good_bodies[] = {
        R"({"event":"user.created","note":{"a":[1,null]},"":0})",
        " \t\r\n{ \"event\" : \"user.created\" }\n",
        R"({"event":"user\u002ecreated"})",
        R"({"event":"nope","event":"user.created"})",
        R"({"event":"user.created","padding":")" + repeat("x", 60'000) + R"("})",
    };
    for (const auto& body : good_bodies) {
        BOOST_TEST_CONTEXT(body.substr(0, 100)) {
            BOOST_TEST(post(body).status == 201);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
