// What one tenant's look-ups may take of the resolver, and what they leave to the others.

#include "tests/unit/resolver_support.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <stdexcept>
#include <string>

BOOST_AUTO_TEST_SUITE(resolver_shares_test)

namespace {

using namespace gateway::test;
using gateway::outgoing::ResolverLimits;
using gateway::outgoing::SystemResolver;

// Of two threads and eight places one tenant may have one thread and two places.
constexpr ResolverLimits limits{.threads = 2, .queue = 8, .threads_of_one = 1, .queue_of_one = 2};

// With a look-up of the tenant "slow" that holds the thread it may have.
struct Stuck {
    ScriptedDns dns{1};
    SystemResolver resolver{limits, dns.look_up()};
    Callers callers;
    std::shared_ptr<Outcome> stuck = callers.start(resolver.resolve({"stuck.example", "slow"}, far()));

    Stuck() {
        callers.poll();
        dns.await_stuck();
    }

    std::string ask(const std::string& host, const std::string& tenant) {
        return word(Callers().run(resolver.resolve({host, tenant}, far())));
    }

    [[nodiscard]] bool was_asked(const std::string& host) const {
        return std::ranges::count(dns.asked(), host) > 0;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(the_silent_names_of_one_leave_the_others_their_threads, Stuck) {
    const auto second = callers.start(resolver.resolve({"second.example", "slow"}, far()));
    callers.poll();
    for (const std::string host : {"a.example", "b.example", "c.example"})
        BOOST_TEST(ask(host, "other") == "ok");
    BOOST_TEST(!was_asked("second.example"));

    dns.open_gate();
    callers.run();
    BOOST_TEST(word(stuck->value()) == "ok");
    BOOST_TEST(word(second->value()) == "ok");
}

BOOST_AUTO_TEST_CASE(a_look_up_that_nobody_waits_for_any_more_still_counts) {
    ScriptedDns dns(1);
    SystemResolver resolver(limits, dns.look_up());
    BOOST_TEST(word(Callers().run(resolver.resolve({"stuck.example", "slow"}, in(20ms)))) == "timeout");
    dns.await_stuck();
    BOOST_TEST(word(Callers().run(resolver.resolve({"second.example", "slow"}, in(20ms)))) == "timeout");
    BOOST_TEST(std::ranges::count(dns.asked(), "second.example") == 0);
    BOOST_TEST(word(Callers().run(resolver.resolve({"other.example", "other"}, far()))) == "ok");

    dns.open_gate();
    BOOST_TEST(word(Callers().run(resolver.resolve({"third.example", "slow"}, far()))) == "ok");
}

BOOST_FIXTURE_TEST_CASE(one_may_have_so_many_places_in_the_queue, Stuck) {
    const auto second = callers.start(resolver.resolve({"second.example", "slow"}, far()));
    const auto third = callers.start(resolver.resolve({"third.example", "slow"}, far()));
    callers.poll();
    BOOST_TEST(ask("fourth.example", "slow") == "overloaded");
    BOOST_TEST(ask("fourth.example", "other") == "ok");
    dns.open_gate();
    callers.run();
    BOOST_TEST(word(second->value()) == "ok");
    BOOST_TEST(word(third->value()) == "ok");
}

BOOST_FIXTURE_TEST_CASE(a_name_that_waits_begins_for_another_who_asks_for_it_too, Stuck) {
    const auto waiting = callers.start(resolver.resolve({"shared.example", "slow"}, far()));
    callers.poll();
    BOOST_TEST(ask("shared.example", "other") == "ok");
    callers.poll();
    BOOST_TEST(!stuck->has_value());
    dns.open_gate();
    callers.run();
    BOOST_TEST(word(waiting->value()) == "ok");
    BOOST_TEST(std::ranges::count(dns.asked(), "shared.example") == 1);
}

BOOST_AUTO_TEST_CASE(a_share_is_at_least_one) {
    auto none = limits;
    none.threads_of_one = 0;
    BOOST_CHECK_THROW(SystemResolver{none}, std::invalid_argument);
    none = limits;
    none.queue_of_one = 0;
    BOOST_CHECK_THROW(SystemResolver{none}, std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
