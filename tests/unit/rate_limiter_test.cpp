#include "server/gateway/rate_limiter.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <fstream>
#include <thread>
#include <unistd.h>
#include <vector>

namespace gateway::test {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds interval{100};
constexpr RateLimiter::Rate usual{interval, 3};
constexpr RateLimiter::Rate seldom{std::chrono::hours(1), 3};
constexpr std::uint64_t seed = 42;
constexpr RateLimiter::TimePoint start{std::chrono::hours(1)};

/// How many of `tries` were let through.
int taken(RateLimiter& limiter, const std::uint64_t key, const RateLimiter::TimePoint now,
          const int tries = 100, const RateLimiter::Rate& rate = usual) {
    int count = 0;
    for (int i = 0; i < tries; ++i)
        count += limiter.take(key, rate, now) ? 0 : 1;
    return count;
}

/// Bytes of this process in memory.
std::int64_t resident() {
    std::ifstream file("/proc/self/statm");
    std::int64_t all = 0;
    std::int64_t in_memory = 0;
    file >> all >> in_memory;
    return in_memory * ::sysconf(_SC_PAGESIZE);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rate_limiter_test)

BOOST_AUTO_TEST_CASE(a_burst_is_let_through_and_then_one_each_interval) {
    RateLimiter limiter(seed);
    BOOST_TEST(taken(limiter, 1, start) == 3);
    BOOST_TEST(taken(limiter, 1, start + interval) == 1);
    BOOST_TEST(taken(limiter, 1, start + 10 * interval) == 3);
}

BOOST_AUTO_TEST_CASE(who_is_refused_is_told_how_long) {
    RateLimiter limiter(seed);
    taken(limiter, 1, start);
    const auto wait = limiter.take(1, usual, start + milliseconds(30));
    BOOST_REQUIRE(wait.has_value());
    BOOST_TEST((*wait == milliseconds(70)));
    BOOST_TEST(!limiter.take(1, usual, start + milliseconds(100)));
}

BOOST_AUTO_TEST_CASE(what_is_refused_is_not_counted) {
    RateLimiter limiter(seed);
    taken(limiter, 1, start, 1'000'000);
    BOOST_TEST(!limiter.take(1, usual, start + interval));
}

BOOST_AUTO_TEST_CASE(what_was_taken_counts_at_another_rate_too) {
    RateLimiter limiter(seed);
    taken(limiter, 1, start);
    BOOST_TEST(taken(limiter, 1, start, 100, {interval, 5}) == 2);
    BOOST_TEST(taken(limiter, 1, start) == 0);
}

BOOST_AUTO_TEST_CASE(a_key_does_not_feel_another) {
    RateLimiter limiter(seed);
    taken(limiter, 1, start);
    BOOST_TEST(taken(limiter, 2, start) == 3);
}

BOOST_AUTO_TEST_CASE(what_is_given_back_can_be_taken_again) {
    RateLimiter limiter(seed);
    taken(limiter, 1, start);
    limiter.give_back(1, usual);
    BOOST_TEST(taken(limiter, 1, start) == 1);
    limiter.give_back(2, usual);
    BOOST_TEST(taken(limiter, 2, start) == 3);
}

BOOST_AUTO_TEST_CASE(a_key_that_was_taken_from_is_known) {
    RateLimiter limiter(seed);
    BOOST_TEST(!limiter.knows(1));
    limiter.take(1, usual, start);
    BOOST_TEST(limiter.knows(1));
    BOOST_TEST(!limiter.knows(2));
}

BOOST_AUTO_TEST_CASE(a_million_keys_take_no_more_memory_and_free_nobody_who_floods) {
    RateLimiter limiter(seed);
    BOOST_TEST(taken(limiter, 1, start, 100, seldom) == 3);
    const auto before = resident();
    for (std::uint64_t key = 2; key < 1'000'002; ++key)
        limiter.take(key, seldom, start);
    BOOST_TEST(resident() - before < 1'048'576);
    BOOST_TEST(taken(limiter, 1, start, 100, seldom) == 0);
    int known = 0;
    for (std::uint64_t key = 1; key < 1'000'002; ++key)
        known += limiter.knows(key) ? 1 : 0;
    BOOST_TEST(known == 65'536);
}

BOOST_AUTO_TEST_CASE(threads_take_no_more_together) {
    RateLimiter limiter(seed);
    constexpr RateLimiter::Rate thousand{std::chrono::hours(1), 1'000};
    std::vector<int> counts(4);
    std::vector<std::thread> threads;
    threads.reserve(counts.size());
    for (auto& count : counts)
        threads.emplace_back([&] { count = taken(limiter, 1, start, 1'000, thousand); });
    for (auto& thread : threads)
        thread.join();
    BOOST_TEST(counts[0] + counts[1] + counts[2] + counts[3] == 1'000);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
