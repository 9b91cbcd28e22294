#include "server/delivery/challenge.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>

namespace gateway::delivery {

namespace {

/// As random as a test wants it: each draw has bytes of one value, that of the draw before it and one.
RandomSource counting_from(const std::uint8_t first) {
    return [next = first](const std::span<std::uint8_t> bytes) mutable {
        std::ranges::fill(bytes, next);
        ++next;
    };
}

std::string url_for(const std::string& url, const std::string& token = "a b&c") {
    return challenge_url(Challenge(url, token, "54e9ujn", counting_from(1)));
}

std::string judgement(const std::string& body) {
    const Challenge challenge("https://shop.example", "token", "54e9ujn", counting_from(1));
    const auto judged =
        judge_answer(challenge, {.status = 200, .body = body, .truncated = false, .retry_after = {}});
    return judged ? "fine" : std::string(to_string(judged.error().failure));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(challenge_test)

BOOST_AUTO_TEST_CASE(the_parameters_follow_whatever_query_the_url_has) {
    const std::string parameters =
        "event=activate&verification_token=a%20b%26c&challenge=16843009&app_id=54e9ujn";
    BOOST_TEST(url_for("https://shop.example") == "https://shop.example?" + parameters);
    BOOST_TEST(url_for("https://shop.example/hook") == "https://shop.example/hook?" + parameters);
    BOOST_TEST(url_for("https://shop.example/hook?") == "https://shop.example/hook?" + parameters);
    BOOST_TEST(url_for("https://shop.example/?a=?") == "https://shop.example/?a=?&" + parameters);
    BOOST_TEST(url_for("https://shop.example/?a=b%26c") == "https://shop.example/?a=b%26c&" + parameters);
}

BOOST_AUTO_TEST_CASE(a_token_is_the_same_to_readers_of_forms_and_of_uris) {
    const std::string sent = url_for("https://shop.example", "+/=?;:@!$'()*,~-._ \"%\\\u00fc");
    BOOST_TEST(sent ==
               "https://shop.example?event=activate&verification_token="
               "%2B%2F%3D%3F%3B%3A%40%21%24%27%28%29%2A%2C~-._%20%22%25%5C%C3%BC"
               "&challenge=16843009&app_id=54e9ujn");
    BOOST_TEST(url_for("https://shop.example/?a=b+c").starts_with("https://shop.example/?a=b+c&event="));
}

BOOST_AUTO_TEST_CASE(the_number_fits_31_bits_and_is_never_zero) {
    BOOST_TEST(Challenge("", "", "", counting_from(0)).number == 0x0101'0101U);
    BOOST_TEST(Challenge("", "", "", counting_from(0x80)).number == 0x0080'8080U);
    BOOST_TEST(Challenge("", "", "", counting_from(255)).number == 0x7FFF'FFFFU);
}

BOOST_AUTO_TEST_CASE(an_answer_may_begin_with_a_byte_order_mark) {
    BOOST_TEST(judgement(R"({"challenge":16843009})") == "fine");
    BOOST_TEST(judgement("\xEF\xBB\xBF{\"challenge\":16843009}") == "fine");
    BOOST_TEST(judgement("\xEF\xBB\xBF\xEF\xBB\xBF{\"challenge\":16843009}") == "body");
    BOOST_TEST(judgement("\xEF\xBB\xBF") == "body");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::delivery
