#include "server/api/verification_token.hpp"

#include "server/text/plain_text.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

namespace gateway::api {

namespace {

/// Empty where the token is accepted.
std::string complaint(const std::string_view token) {
    const auto checked = check_verification_token(token);
    if (checked.has_value()) return {};
    BOOST_CHECK(checked.error().code == ErrorCode::invalid_request);
    return checked.error().message;
}

std::string repeated(const std::string_view character, const int times) {
    std::string text;
    for (int i = 0; i < times; ++i)
        text += character;
    return text;
}

const std::string not_utf8 = "verification_token: found bytes that are not UTF-8, expected text.";
const std::string control = "verification_token: found a control character, expected none.";

}  // namespace

BOOST_AUTO_TEST_SUITE(verification_token_test)

BOOST_AUTO_TEST_CASE(a_token_has_1_to_100_characters_whatever_their_bytes) {
    for (const auto* const character :
         {"a", " ", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x94\x91", "\xf4\x8f\xbf\xbf"}) {
        BOOST_TEST(complaint(character) == "", character);
        BOOST_TEST(complaint(repeated(character, 100)) == "", character);
        BOOST_TEST(complaint(repeated(character, 101)) ==
                       "verification_token: found 101 characters, expected 1 to 100.",
                   character);
    }
    BOOST_TEST(complaint("") == "verification_token: found 0 characters, expected 1 to 100.");
}

BOOST_AUTO_TEST_CASE(a_token_has_no_control_characters) {
    for (const auto* const token : {"\x01", "a\nb", "a\r", "\t", "\x1b[0m", "\x7f", "\xc2\x80", "a\xc2\x9f"})
        BOOST_TEST(complaint(token) == control, token);
    BOOST_TEST(complaint(std::string_view("\0", 1)) == control);
    BOOST_TEST(complaint("\xc2\xa0") == "");
}

BOOST_AUTO_TEST_CASE(a_token_is_utf8) {
    for (const auto* const token :
         {"\x80", "\xff", "a\xc3", "\xc3(", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xe2\x82",
          "\xe2\x28\xa1", "\xe2\x82(", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf0\x9f\x94", "\xf4\x90\x80\x80",
          "\xf5\x80\x80\x80"})
        BOOST_TEST(complaint(token) == not_utf8, token);
    for (const auto* const token :
         {"\xc2\xa1", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xf0\x90\x80\x80"})
        BOOST_TEST(complaint(token) == "", token);
}

BOOST_AUTO_TEST_CASE(a_malformed_byte_stands_alone) {
    const auto character = first_character("\xe2\x82");
    BOOST_TEST(character.bytes == "\xe2");
    BOOST_CHECK(character.kind == CharacterKind::malformed);
    BOOST_TEST(first_character("\xe2\x82\xac!").bytes == "\xe2\x82\xac");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::api
