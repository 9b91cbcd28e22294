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

std::string url_for(const std::string& url) {
    return challenge_url(Challenge(url, "a b&c", "54e9ujn", counting_from(1)));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(challenge_test)

BOOST_AUTO_TEST_CASE(the_parameters_follow_whatever_query_the_url_has) {
    const std::string parameters =
        "event=activate&verification_token=a%20b%26c&challenge=282578800148737&app_id=54e9ujn";
    BOOST_TEST(url_for("https://shop.example") == "https://shop.example?" + parameters);
    BOOST_TEST(url_for("https://shop.example/hook") == "https://shop.example/hook?" + parameters);
    BOOST_TEST(url_for("https://shop.example/hook?") == "https://shop.example/hook?" + parameters);
    BOOST_TEST(url_for("https://shop.example/?a=b%26c") == "https://shop.example/?a=b%26c&" + parameters);
}

BOOST_AUTO_TEST_CASE(the_number_is_one_that_json_carries_and_never_zero) {
    BOOST_TEST(Challenge("", "", "", counting_from(0)).number == 0x0101'0101'0101'01U);
    BOOST_TEST(Challenge("", "", "", counting_from(255)).number == (std::uint64_t{1} << 53U) - 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::delivery
