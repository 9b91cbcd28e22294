// What a user may be known by and hold, and that no message repeats what is personal.

#include "server/api/user_values.hpp"

#include "server/api/users.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace gateway::api {

namespace {

std::string made(const IdentifierType type, const std::string& text) {
    const auto identifier = make_identifier("value", type, text);
    if (identifier.has_value()) return identifier->value;
    BOOST_TEST((text.size() < 2 || identifier.error().message.find(text) == std::string::npos));
    return "refused";
}

std::string phone(const std::string& text) {
    return made(IdentifierType::phone_number, text);
}

std::string email(const std::string& text) {
    return made(IdentifierType::email_address, text);
}

Result<CreateUserRequest> read_body(const std::string& body, const TextFields& more = {}) {
    RequestSource source{{{"app_id", "54e9ujn"}}, body};
    for (const auto& field : more)
        source.texts.push_back(field);
    return read_request<CreateUserRequest>(source);
}

/// All that is wrong with a body; empty where it is good.
std::string faults_of(const std::string& body) {
    const auto request = read_body(body);
    return request.has_error() ? request.error().message : "";
}

const std::string ada = R"({"type":"email_address","value":"ada@example.com"})";

std::string body_with(const std::string& rest) {
    return R"({"identifiers":[)" + ada + "]," + rest + "}";
}

std::string array_of(const std::size_t count) {
    std::string text = "[";
    for (std::size_t i = 0; i < count; ++i)
        text += (i > 0 ? "," : "") + ada;
    return text + "]";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(user_values_test)

BOOST_AUTO_TEST_CASE(a_phone_number_has_the_shape_of_e_164) {
    for (const std::string text : {"+4915123456789", "+1234567", "+123456789012345"})
        BOOST_TEST(phone(text) == text);
    for (const std::string text :
         {"", "+", "4915123456789", "+123456", "+1234567890123456", "+49 15123456789", "+49-151-234567",
          "+49151O23456", "++4915123456789", "+4915123456789\n",
          "+\xD9\xA1\xD9\xA2\xD9\xA3\xD9\xA4\xD9\xA5\xD9\xA6\xD9\xA7"})
        BOOST_TEST(phone(text) == "refused", text);
}

BOOST_AUTO_TEST_CASE(an_email_address_has_one_at_and_is_in_small_letters) {
    BOOST_TEST(email("Ada.Lovelace@EXAMPLE.com") == "ada.lovelace@example.com");
    BOOST_TEST(email("\xC3\x84ra@\xC3\x84.example") ==
               "\xC3\x84ra@\xC3\x84.example");  // ASCII alone is lowered
    const auto of_size = [](const std::size_t size) { return std::string(size - 2, 'a') + "@b"; };
    BOOST_TEST(email(of_size(254)) == of_size(254));
    for (const std::string& text :
         {std::string("ada"), std::string("@"), std::string("a@"), std::string("@b"), std::string("a@b@c"),
          std::string("a b@c"), std::string("a\t@c"), std::string("a@\xFF"), std::string("a\0@b", 4),
          std::string(), of_size(255)})
        BOOST_TEST(email(text) == "refused", text);
}

BOOST_AUTO_TEST_CASE(the_same_identifier_twice_is_one) {
    const auto request = read_body(R"({"identifiers":[)" + ada +
                                   R"(,{"type":"email_address","value":"ADA@example.com"},)"
                                   R"({"type":"phone_number","value":"+4915123456789"}]})");
    BOOST_TEST_REQUIRE(request.has_value());
    BOOST_TEST(request->identifiers.list.size() == 2U);
}

BOOST_AUTO_TEST_CASE(all_faults_of_a_body_are_told_with_their_places_and_nothing_personal) {
    BOOST_TEST(faults_of("{}") == "identifiers: missing, expected an array of 1 to 20 identifiers.");
    BOOST_TEST(faults_of(R"({"identifiers":"ada@example.com"})") ==
               "identifiers: found a text, expected an array of 1 to 20 identifiers.");
    BOOST_TEST(faults_of(R"({"identifiers":)" + array_of(0) + "}") ==
               "identifiers: found an array of 0, expected an array of 1 to 20 identifiers.");
    BOOST_TEST(faults_of(R"({"identifiers":)" + array_of(20) + "}") == "");
    BOOST_TEST(faults_of(R"({"identifiers":)" + array_of(21) + "}") ==
               "identifiers: found an array of 21, expected an array of 1 to 20 identifiers.");
    BOOST_TEST(
        faults_of(
            R"({"identifiers":["ada@example.com",{},{"type":"fax","value":4915123456789},)"
            R"({"type":"phone_number","value":"+49-CALL-ME"}],"profile":[],"id":"17","external_id":""})") ==
        "identifiers[0]: found a text, expected an object with type and value. "
        "identifiers[1].type: missing, expected phone_number or email_address. "
        "identifiers[1].value: missing, expected a text. "
        R"(identifiers[2].type: found "fax", expected phone_number or email_address. )"
        "identifiers[2].value: found a number, expected a text. "
        "identifiers[3].value: found a text of 11 bytes that is no phone number, expected + and 7 to 15 "
        "digits. "
        "profile: found an array, expected a JSON object. "
        R"(id: found "17", expected a UUID like 0195c8b8-0b26-7845-982f-ebc9ed9be7f1. )"
        "external_id: found 0 characters, expected 1 to 128.");
}

BOOST_AUTO_TEST_CASE(a_profile_is_kept_as_it_is_written_within_its_limits) {
    const auto request = read_body(body_with(R"("profile": { "n" : 1.50e+400 , "t": "\u0075" })"));
    BOOST_TEST(request.value().profile->text == R"({"n":1.50e+400,"t":"\u0075"})");
    const auto of_size = [](const std::size_t size) {
        return body_with(R"("profile":{"a":")" + std::string(size - 8, 'x') + R"("})");
    };
    BOOST_TEST(faults_of(of_size(16'384)) == "");
    BOOST_TEST(faults_of(of_size(16'385)) ==
               "profile: found 16385 bytes without white space, expected at most 16384.");
    const auto nested = [](const std::size_t depth) {
        return body_with(R"("profile":{"a":)" + std::string(depth - 1, '[') + std::string(depth - 1, ']') +
                         "}");
    };
    BOOST_TEST(faults_of(nested(32)) == "");
    BOOST_TEST(faults_of(nested(33)) ==
               "profile: found more than 32 values inside each other, expected fewer.");
    for (const std::string lone : {R"("\ud800")", R"("\udc00")", R"("\ud800\u0041")"})
        BOOST_TEST(faults_of(body_with(R"("profile":{"a":)" + lone + "}"))
                       .starts_with("The request body is not JSON: "));
    BOOST_TEST(faults_of(body_with(R"("profile":{"a":1,"a":2})")) ==
               R"(profile: found the key "a" twice, expected each key once.)");
}

BOOST_AUTO_TEST_CASE(an_external_id_has_up_to_128_characters) {
    const auto with = [](const std::string& text) {
        return faults_of(body_with(R"("external_id":")" + text + '"'));
    };
    BOOST_TEST(with(std::string(128, 'x')) == "");
    BOOST_TEST(with(std::string(129, 'x')) == "external_id: found 129 characters, expected 1 to 128.");
    BOOST_TEST(with("\\n") == "external_id: found a control character, expected none.");
    BOOST_TEST(faults_of(body_with(R"("external_id":17)")) ==
               "external_id: found a number, expected a text of 1 to 128 characters.");
}

BOOST_AUTO_TEST_CASE(a_correlation_id_comes_beside_the_message_alone) {
    const auto inside = read_body(body_with(R"("correlation_id":"inside")"));
    BOOST_TEST(!inside.value().correlation_id.has_value());
    const auto beside = read_body(body_with(R"("correlation_id":"inside")"), {{"correlation_id", "beside"}});
    BOOST_TEST(beside.value().correlation_id->text == "beside");
    BOOST_TEST(read_body(body_with(R"("a":1)"), {{"correlation_id", std::string(64, '!')}}).has_value());
    for (const std::string& text :
         {std::string(), std::string(65, '!'), std::string("a b"), std::string("\xC3\xA4")})
        BOOST_TEST(read_body(body_with(R"("a":1)"), {{"correlation_id", text}})
                       .error()
                       .message.ends_with("expected a text of 1 to 64 visible characters."));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::api
