#include "server/gateway/request_limits.hpp"

#include <boost/test/unit_test.hpp>

namespace gateway::test {

namespace {

constexpr LimitSettings off{};
constexpr LimitSettings two_at_once{.requests_per_second = 1, .burst = 2};
constexpr LimitSettings four_at_once{.requests_per_second = 1, .burst = 4};

const RequestOrigin somebody{.client = "192.0.2.1", .network = 1, .request_id = "1"};

/// Limits at a time that stands still.
struct StandingLimits : RequestLimits {
    explicit StandingLimits(const LimitSettings& settings)
        : RequestLimits(
              settings, [] { return std::chrono::steady_clock::time_point(std::chrono::hours(1)); },
              system_random) {}

    /// How many requests of 10 are let in.
    int let_in() {
        int count = 0;
        for (int i = 0; i < 10; ++i)
            count += count_network(somebody) ? 0 : 1;
        return count;
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(changed_limits_test)

BOOST_AUTO_TEST_CASE(a_changed_limit_holds_from_the_next_request_on) {
    StandingLimits limits(two_at_once);
    BOOST_TEST(limits.let_in() == 2);
    limits.change(four_at_once);
    BOOST_TEST(limits.let_in() == 2);  // and two before
    limits.change(off);
    BOOST_TEST(limits.let_in() == 10);
}

BOOST_AUTO_TEST_CASE(a_limit_that_was_off_can_be_switched_on) {
    StandingLimits limits(off);
    BOOST_TEST(limits.let_in() == 10);
    limits.change(two_at_once);
    BOOST_TEST(limits.let_in() == 2);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
