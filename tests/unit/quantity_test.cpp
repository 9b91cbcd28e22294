// Amounts, as people read them in a line.

#include "storage/values/quantity.hpp"

#include <boost/test/unit_test.hpp>

namespace gateway {

BOOST_AUTO_TEST_SUITE(quantity_test)

BOOST_AUTO_TEST_CASE(what_is_wanted_is_rounded_up_and_what_is_left_down) {
    constexpr std::uint64_t mebibyte = 1U << 20U;
    BOOST_TEST(in_mebibytes(0) == "0 MiB");
    BOOST_TEST(in_mebibytes(1) == "1 MiB");
    BOOST_TEST(in_mebibytes(mebibyte) == "1 MiB");
    BOOST_TEST(free_in_mebibytes(2 * mebibyte - 1) == "1 MiB");
    BOOST_TEST(free_in_mebibytes(2 * mebibyte) == "2 MiB");
}

BOOST_AUTO_TEST_CASE(a_thousand_years_are_seconds_too) {
    BOOST_TEST(in_seconds(std::chrono::milliseconds(1'999)) == "1 s");
    BOOST_TEST(in_seconds(std::chrono::years(1'000)) == "31556952000 s");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway
