#include "storage/values/timestamp.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

namespace gateway {

namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

Timestamp at(const std::int64_t since_epoch_ms) {
    return Timestamp{milliseconds{since_epoch_ms}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(timestamp_test)

BOOST_AUTO_TEST_CASE(a_time_is_written_as_utc_with_milliseconds) {
    BOOST_TEST(format_timestamp(at(0)) == "1970-01-01T00:00:00.000Z");
    BOOST_TEST(format_timestamp(at(1742040000000)) == "2025-03-15T12:00:00.000Z");
    BOOST_TEST(format_timestamp(at(1709251199999)) == "2024-02-29T23:59:59.999Z");
    BOOST_TEST(format_timestamp(at(1)) == "1970-01-01T00:00:00.001Z");
}

BOOST_AUTO_TEST_CASE(a_time_before_1970_is_written_too) {
    BOOST_TEST(format_timestamp(at(-1)) == "1969-12-31T23:59:59.999Z");
}

BOOST_AUTO_TEST_CASE(the_first_and_last_writable_times_are_those_of_four_digit_years) {
    const Timestamp first = std::chrono::sys_days{std::chrono::year{0} / 1 / 1};
    const Timestamp last = Timestamp{std::chrono::sys_days{std::chrono::year{10000} / 1 / 1}} - 1ms;
    BOOST_TEST(format_timestamp(first) == "0000-01-01T00:00:00.000Z");
    BOOST_TEST(format_timestamp(last) == "9999-12-31T23:59:59.999Z");
    BOOST_CHECK_THROW(format_timestamp(first - 1ms), std::out_of_range);
    BOOST_CHECK_THROW(format_timestamp(last + 1ms), std::out_of_range);
    BOOST_CHECK_THROW(format_timestamp(Timestamp::max()), std::out_of_range);
    BOOST_CHECK_THROW(format_timestamp(Timestamp::min()), std::out_of_range);
}

BOOST_AUTO_TEST_CASE(what_is_written_is_read_back) {
    // Steps of a prime number of milliseconds, so that every field moves.
    for (Timestamp time = at(-62'000'000'000'000); time < at(250'000'000'000'000); time += 86'399'999'999ms) {
        const auto read = parse_timestamp(format_timestamp(time));
        BOOST_REQUIRE(read.has_value());
        BOOST_REQUIRE_EQUAL(read->time_since_epoch().count(), time.time_since_epoch().count());
    }
}

BOOST_AUTO_TEST_CASE(any_other_text_is_not_a_time) {
    const std::vector<std::string> texts{
        "",
        "2025-03-15",
        "2025-03-15T12:00:00Z",
        "2025-03-15T12:00:00.00Z",
        "2025-03-15T12:00:00.0000Z",
        "2025-03-15T12:00:00.000",
        "2025-03-15T12:00:00.000z",
        "2025-03-15t12:00:00.000Z",
        "2025-03-15 12:00:00.000Z",
        "2025-03-15T12:00:00,000Z",
        "2025-03-15T12:00:00.000+00:00",
        " 2025-03-15T12:00:00.000Z",
        "2025-03-15T12:00:00.000Z ",
        "+025-03-15T12:00:00.000Z",
        "2025-3-015T12:00:00.000Z",
        "2025-03-15T12:00:0x.000Z",
        "2025-00-15T12:00:00.000Z",
        "2025-13-15T12:00:00.000Z",
        "2025-03-00T12:00:00.000Z",
        "2025-04-31T12:00:00.000Z",
        "2025-02-29T12:00:00.000Z",
        "2025-03-15T24:00:00.000Z",
        "2025-03-15T12:60:00.000Z",
        "2025-03-15T12:00:60.000Z",
    };
    for (const std::string& text : texts)
        BOOST_TEST(!parse_timestamp(text).has_value(), "read as a time: " << text);
}

BOOST_AUTO_TEST_CASE(the_systems_clock_is_past_2024) {
    BOOST_TEST(format_timestamp(system_now()) > "2024");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway
