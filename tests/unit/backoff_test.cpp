#include "server/delivery/backoff.hpp"

#include <boost/test/unit_test.hpp>

namespace gateway::test {

namespace {

using delivery::asked_delay;
using delivery::retry_delay;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr delivery::Backoff backoff{minutes(1), hours(12)};
constexpr double middle = 0.5;
constexpr Timestamp now{milliseconds(1'742'040'000'000)};  // Sat, 15 Mar 2025 12:00:00 GMT

std::optional<milliseconds> asked(const std::string_view retry_after, const double chance = 0) {
    return asked_delay(retry_after, now, backoff.longest, chance);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(backoff_test)

BOOST_AUTO_TEST_CASE(each_failure_doubles_the_delay_up_to_the_longest) {
    int failures = 1;
    for (const auto delay : {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 720, 720}) {
        BOOST_TEST_CONTEXT("after " << failures << " failures") {
            BOOST_TEST((retry_delay(backoff, failures++, middle) == minutes(delay)));
        }
    }
    BOOST_TEST((retry_delay(backoff, 1'000'000, middle) == hours(12)));
    BOOST_TEST((retry_delay({hours(2), hours(1)}, 1, middle) == hours(1)));
}

BOOST_AUTO_TEST_CASE(chance_moves_a_delay_by_a_tenth_down_or_up) {
    BOOST_TEST((retry_delay(backoff, 1, 0) == seconds(54)));
    BOOST_TEST((retry_delay(backoff, 1, 1) == seconds(66)));
    BOOST_TEST((retry_delay(backoff, 99, 1) == minutes(12 * 66)));
}

BOOST_AUTO_TEST_CASE(a_receiver_asks_for_seconds_of_which_there_are_1_to_the_longest) {
    BOOST_TEST((asked("120") == seconds(120)));
    BOOST_TEST((asked("0") == seconds(1)));
    BOOST_TEST((asked("43201") == hours(12)));
    BOOST_TEST((asked("3155760000") == hours(12)));
    BOOST_TEST((asked("99999999999999999999999999") == hours(12)));
}

BOOST_AUTO_TEST_CASE(or_for_a_date_to_come) {
    BOOST_TEST((asked("Sat, 15 Mar 2025 12:02:00 GMT") == minutes(2)));
    BOOST_TEST((asked("Mon, 15 Mar 2125 12:00:00 GMT") == hours(12)));
    BOOST_TEST(!asked("Fri, 14 Mar 2025 12:00:00 GMT"));
    BOOST_TEST(!asked("Sat, 15 Mar 2025 12:00:00 GMT"));
}

BOOST_AUTO_TEST_CASE(chance_lengthens_what_is_asked_for_and_never_shortens_it) {
    BOOST_TEST((asked("100", 1) == seconds(110)));
    BOOST_TEST((asked("100", middle) == seconds(105)));
}

BOOST_AUTO_TEST_CASE(anything_else_asks_for_nothing) {
    for (const auto* const words :
         {"", "soon", "-1", "-0", "+1", " 1", "1 ", "1.5", "1e3", "0x10", "120 seconds",
          "Sat, 15 Mar 2025 12:02:00 GMT and more", "Sat, 15 Mar 2025 12:02:00",
          "Saturday, 15-Mar-25 12:02:00 GMT", "2025-03-15T12:02:00Z"}) {
        BOOST_TEST_CONTEXT('"' << words << '"') {
            BOOST_TEST(!asked(words));
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
