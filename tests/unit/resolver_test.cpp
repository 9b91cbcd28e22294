#include "tests/unit/resolver_support.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>
#include <exception>
#include <future>
#include <latch>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

BOOST_AUTO_TEST_SUITE(resolver_test)

namespace {

using namespace gateway::test;
using gateway::outgoing::EgressPolicy;
using gateway::outgoing::LookUp;
using gateway::outgoing::OutgoingError;
using gateway::outgoing::OutgoingFailure;
using gateway::outgoing::resolve_allowed;
using gateway::outgoing::Resolver;
using gateway::outgoing::ResolverLimits;
using gateway::outgoing::system_lookup;
using gateway::outgoing::SystemResolver;

ResolverLimits limits(const std::size_t threads, const std::size_t queue) {
    return {.threads = threads, .queue = queue, .threads_of_one = threads, .queue_of_one = queue};
}

// Gives its answers one after the other, at once.
class FakeResolver final : public Resolver {
  public:
    explicit FakeResolver(std::deque<OutgoingResult<Addresses>> answers) : answers_(std::move(answers)) {}

    asio::awaitable<OutgoingResult<Addresses>> resolve(LookUp look_up, Deadline) override {
        asked_.push_back(std::move(look_up.host));
        OutgoingResult<Addresses> answer = answers_.at(0);
        answers_.pop_front();
        co_return answer;
    }

    const std::vector<std::string>& asked() const { return asked_; }

  private:
    std::deque<OutgoingResult<Addresses>> answers_;
    std::vector<std::string> asked_;
};

Addresses addresses(const std::vector<std::string>& texts) {
    Addresses list;
    list.reserve(texts.size());
    for (const std::string& text : texts)
        list.push_back(ip::make_address(text));
    return list;
}

OutgoingResult<Addresses> resolve_allowed_from(const EgressPolicy& policy,
                                               const std::vector<std::string>& found) {
    FakeResolver dns({addresses(found)});
    return Callers().run(resolve_allowed(policy, dns, {"example.com", "app"}, far()));
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_name_is_answered_with_its_addresses) {
    const ScriptedDns dns;
    SystemResolver resolver(limits(1, 1), dns.look_up());
    const auto found = Callers().run(resolver.resolve({"example.com", "app"}, far()));
    BOOST_TEST_REQUIRE(word(found) == "ok");
    BOOST_TEST((*found == Addresses{public_address}));
}

BOOST_AUTO_TEST_CASE(a_name_that_never_answers_times_out_at_its_deadline) {
    const ScriptedDns dns(1);
    SystemResolver resolver(limits(1, 1), dns.look_up());
    const auto found = Callers().run(resolver.resolve({"stuck.example", "app"}, in(20ms)));
    BOOST_TEST(word(found) == "timeout");
    BOOST_TEST(found.error().detail == "stuck.example: no answer to the look-up in time");
}

BOOST_AUTO_TEST_CASE(a_name_that_never_answers_does_not_stall_other_names) {
    ScriptedDns dns(1);
    SystemResolver resolver(limits(2, 4), dns.look_up());
    Callers callers;
    const auto stuck = callers.start(resolver.resolve({"stuck.example", "app"}, far()));
    callers.poll();
    dns.await_stuck();
    Callers others;
    for (int i = 0; i < 20; ++i) {
        BOOST_TEST(word(others.run(resolver.resolve({"example.com", "app"}, far()))) == "ok");
    }
    BOOST_TEST(!stuck->has_value());

    dns.open_gate();
    callers.run();
    BOOST_TEST(word(stuck->value()) == "ok");
}

BOOST_AUTO_TEST_CASE(one_silent_name_holds_one_thread_however_often_it_is_asked_for) {
    ScriptedDns dns(1);
    SystemResolver resolver(limits(2, 1), dns.look_up());
    Callers callers;
    const auto first = callers.start(resolver.resolve({"stuck.example", "app"}, far()));
    const auto second = callers.start(resolver.resolve({"stuck.example", "app"}, far()));
    callers.poll();
    dns.await_stuck();
    for (int i = 0; i < 5; ++i) {
        BOOST_TEST(word(Callers().run(resolver.resolve({"stuck.example", "app"}, in(2ms)))) == "timeout");
    }
    BOOST_TEST(word(Callers().run(resolver.resolve({"example.com", "app"}, far()))) == "ok");

    dns.open_gate();
    callers.run();
    BOOST_TEST(word(first->value()) == "ok");
    BOOST_TEST(word(second->value()) == "ok");
    BOOST_TEST(std::ranges::count(dns.asked(), "stuck.example") == 1);
}

BOOST_AUTO_TEST_CASE(names_wait_for_a_thread_until_their_deadline_while_all_are_stuck) {
    ScriptedDns dns(2);
    SystemResolver resolver(limits(2, 4), dns.look_up());
    Callers callers;
    const auto first = callers.start(resolver.resolve({"stuck1.example", "app"}, far()));
    const auto second = callers.start(resolver.resolve({"stuck2.example", "app"}, far()));
    callers.poll();
    dns.await_stuck();
    BOOST_TEST(word(Callers().run(resolver.resolve({"example.com", "app"}, in(20ms)))) == "timeout");

    const auto patient = callers.start(resolver.resolve({"patient.example", "app"}, far()));
    callers.poll();
    dns.open_gate();
    callers.run();
    BOOST_TEST(word(first->value()) == "ok");
    BOOST_TEST(word(second->value()) == "ok");
    BOOST_TEST(word(patient->value()) == "ok");
}

BOOST_AUTO_TEST_CASE(a_full_queue_refuses_at_once) {
    ScriptedDns dns(1);
    SystemResolver resolver(limits(1, 2), dns.look_up());
    Callers callers;
    const auto stuck = callers.start(resolver.resolve({"stuck.example", "app"}, far()));
    callers.poll();
    dns.await_stuck();
    const auto second = callers.start(resolver.resolve({"second.example", "app"}, far()));
    const auto third = callers.start(resolver.resolve({"third.example", "app"}, far()));
    callers.poll();

    const auto refused = callers.start(resolver.resolve({"fourth.example", "app"}, far()));
    callers.poll();
    BOOST_TEST_REQUIRE(refused->has_value());
    BOOST_TEST(word(refused->value()) == "overloaded");
    BOOST_TEST(!second->has_value());

    dns.open_gate();
    callers.run();
    BOOST_TEST(word(second->value()) == "ok");
    BOOST_TEST(word(third->value()) == "ok");
}

BOOST_AUTO_TEST_CASE(a_name_that_is_given_up_in_the_queue_leaves_its_place_and_is_never_asked_for) {
    ScriptedDns dns(1);
    SystemResolver resolver(limits(1, 1), dns.look_up());
    Callers callers;
    const auto stuck = callers.start(resolver.resolve({"stuck.example", "app"}, far()));
    callers.poll();
    dns.await_stuck();
    BOOST_TEST(word(Callers().run(resolver.resolve({"given.up", "app"}, in(2ms)))) == "timeout");

    const auto next = callers.start(resolver.resolve({"next.example", "app"}, far()));
    callers.poll();
    BOOST_TEST(!next->has_value());
    dns.open_gate();
    callers.run();
    BOOST_TEST(word(next->value()) == "ok");
    BOOST_TEST(std::ranges::count(dns.asked(), "given.up") == 0);
}

BOOST_AUTO_TEST_CASE(a_name_stays_queued_for_the_caller_that_still_waits) {
    ScriptedDns dns(1);
    SystemResolver resolver(limits(1, 1), dns.look_up());
    Callers callers;
    const auto stuck = callers.start(resolver.resolve({"stuck.example", "app"}, far()));
    callers.poll();
    dns.await_stuck();
    const auto patient = callers.start(resolver.resolve({"shared.example", "app"}, far()));
    callers.poll();
    BOOST_TEST(word(Callers().run(resolver.resolve({"shared.example", "app"}, in(2ms)))) == "timeout");

    dns.open_gate();
    callers.run();
    BOOST_TEST(word(patient->value()) == "ok");
}

BOOST_AUTO_TEST_CASE(an_answer_after_the_deadline_is_dropped_and_its_thread_serves_again) {
    ScriptedDns dns(1);
    SystemResolver resolver(limits(1, 1), dns.look_up());
    Callers callers;
    const auto late = callers.start(resolver.resolve({"stuck.example", "app"}, in(20ms)));
    callers.poll();
    dns.await_stuck();
    callers.run();
    BOOST_TEST(word(late->value()) == "timeout");
    dns.open_gate();
    BOOST_TEST(word(Callers().run(resolver.resolve({"example.com", "app"}, far()))) == "ok");
    BOOST_TEST(word(Callers().run(resolver.resolve({"stuck.example", "app"}, far()))) == "ok");
}

BOOST_AUTO_TEST_CASE(stopping_does_not_wait_for_stuck_look_ups_and_answers_their_callers) {
    ScriptedDns dns(2);
    Callers callers;
    std::optional<SystemResolver> resolver(std::in_place, limits(3, 4), dns.look_up());
    const auto first = callers.start(resolver->resolve({"stuck1.example", "app"}, far()));
    const auto second = callers.start(resolver->resolve({"stuck2.example", "app"}, far()));
    callers.poll();
    dns.await_stuck();

    auto stopped = std::async(std::launch::async, [&] { resolver.reset(); });
    const bool in_time = stopped.wait_for(30s) == std::future_status::ready;
    BOOST_TEST(in_time, "the shutdown waits for a stuck look-up");
    if (in_time) callers.run();
    dns.open_gate();
    stopped.wait();
    BOOST_TEST_REQUIRE(in_time);
    BOOST_TEST(word(first->value()) == "cancelled");
    BOOST_TEST(word(second->value()) == "cancelled");
}

BOOST_AUTO_TEST_CASE(stopping_answers_names_that_no_thread_has_begun) {
    ScriptedDns dns(1);
    Callers callers;
    std::optional<SystemResolver> resolver(std::in_place, limits(1, 4), dns.look_up());
    const auto stuck = callers.start(resolver->resolve({"stuck.example", "app"}, far()));
    callers.poll();
    dns.await_stuck();
    const auto queued = callers.start(resolver->resolve({"queued.example", "app"}, far()));
    callers.poll();
    resolver.reset();
    callers.run();
    BOOST_TEST(word(queued->value()) == "cancelled");
    dns.open_gate();
    BOOST_TEST(std::ranges::count(dns.asked(), "queued.example") == 0);
}

BOOST_AUTO_TEST_CASE(a_stuck_look_up_may_end_after_its_caller_and_the_resolver_are_gone) {
    ScriptedDns dns(1);
    {
        Callers callers;
        SystemResolver resolver(limits(1, 1), dns.look_up());
        const auto never = callers.start(resolver.resolve({"stuck.example", "app"}, far()));
        callers.poll();
        dns.await_stuck();
        BOOST_TEST(!never->has_value());
    }
    dns.open_gate();
}

BOOST_AUTO_TEST_CASE(a_caller_whose_context_is_destroyed_gives_up_its_place) {
    ScriptedDns dns(1);
    SystemResolver resolver(limits(1, 1), dns.look_up());
    {
        Callers callers;
        const auto stuck = callers.start(resolver.resolve({"stuck.example", "app"}, far()));
        callers.poll();
        dns.await_stuck();
        const auto queued = callers.start(resolver.resolve({"queued.example", "app"}, far()));
        callers.poll();
    }
    dns.open_gate();
    BOOST_TEST(word(Callers().run(resolver.resolve({"example.com", "app"}, far()))) == "ok");
    BOOST_TEST(std::ranges::count(dns.asked(), "queued.example") == 0);
}

BOOST_AUTO_TEST_CASE(a_cancelled_coroutine_is_answered_and_gives_up_its_place) {
    ScriptedDns dns(1);
    SystemResolver resolver(limits(1, 1), dns.look_up());
    Callers callers;
    const auto stuck = callers.start(resolver.resolve({"stuck.example", "app"}, far()));
    callers.poll();
    dns.await_stuck();
    asio::cancellation_signal signal;
    const auto cancelled = callers.start(resolver.resolve({"queued.example", "app"}, far()), signal.slot());
    callers.poll();
    signal.emit(asio::cancellation_type::terminal);
    callers.poll();
    BOOST_TEST_REQUIRE(cancelled->has_value());
    BOOST_TEST(word(cancelled->value()) == "cancelled");

    dns.open_gate();
    callers.run();
    BOOST_TEST(std::ranges::count(dns.asked(), "queued.example") == 0);
}

BOOST_AUTO_TEST_CASE(callers_on_many_threads_are_each_answered) {
    const ScriptedDns dns;
    SystemResolver resolver(limits(3, 64), dns.look_up());
    std::vector<std::future<int>> threads(4);
    for (std::size_t thread = 0; thread < threads.size(); ++thread) {
        threads[thread] = std::async(std::launch::async, [&resolver, thread] {
            int answered = 0;
            Callers callers;
            for (int i = 0; i < 50; ++i) {
                const auto shared = callers.start(resolver.resolve({"shared.example", "app"}, far()));
                const auto own =
                    callers.start(resolver.resolve({"host" + std::to_string(thread), "app"}, far()));
                callers.run();
                answered += static_cast<int>(word(shared->value()) == "ok");
                answered += static_cast<int>(word(own->value()) == "ok");
            }
            return answered;
        });
    }
    for (std::future<int>& thread : threads)
        BOOST_TEST(thread.get() == 100);
}

BOOST_AUTO_TEST_CASE(a_look_up_that_fails_or_throws_is_a_dns_failure) {
    const auto failing = [](const std::string& host) -> OutgoingResult<Addresses> {
        if (host == "throws.example") throw std::runtime_error("no memory");
        return OutgoingError{OutgoingFailure::dns, host + ": unknown"};
    };
    SystemResolver resolver(limits(1, 1), failing);
    const auto failed = Callers().run(resolver.resolve({"fails.example", "app"}, far()));
    BOOST_TEST(word(failed) == "dns");
    BOOST_TEST(failed.error().detail == "fails.example: unknown");
    const auto thrown = Callers().run(resolver.resolve({"throws.example", "app"}, far()));
    BOOST_TEST(word(thrown) == "dns");
    BOOST_TEST(thrown.error().detail == "throws.example: no memory");
}

BOOST_AUTO_TEST_CASE(a_resolver_without_threads_or_queue_is_refused) {
    BOOST_CHECK_THROW(SystemResolver(limits(0, 1)), std::invalid_argument);
    BOOST_CHECK_THROW(SystemResolver(limits(1, 0)), std::invalid_argument);
}

// None of these leaves the machine: numbers are read, "localhost" is in the hosts file.
BOOST_AUTO_TEST_CASE(the_system_gives_addresses_of_both_families_with_their_zones) {
    BOOST_TEST((system_lookup("127.0.0.1").value() == addresses({"127.0.0.1"})));
    BOOST_TEST((system_lookup("2001:db8::1:2").value() == addresses({"2001:db8::1:2"})));
    BOOST_TEST((system_lookup("fe80::1%1").value() == addresses({"fe80::1%1"})));
}

BOOST_AUTO_TEST_CASE(what_is_no_name_at_all_is_a_dns_failure) {
    const auto found = system_lookup("fe80::1%no_such_interface");
    BOOST_TEST_REQUIRE(word(found) == "dns");
    BOOST_TEST(found.error().detail.starts_with("fe80::1%no_such_interface: "));
}

BOOST_AUTO_TEST_CASE(localhost_is_blocked_by_what_it_resolves_to) {
    const EgressPolicy policy;
    SystemResolver resolver(limits(1, 1));
    const auto found = Callers().run(resolve_allowed(policy, resolver, {"localhost", "app"}, far()));
    BOOST_TEST_REQUIRE(word(found) == "blocked_address");
    BOOST_TEST(found.error().detail.ends_with(" (loopback; delivery.allow_networks would allow it)"));
}

BOOST_AUTO_TEST_CASE(allowed_addresses_are_given_in_the_resolvers_order) {
    const std::vector<std::string> found{"93.184.216.35", "2606:4700::1", "93.184.216.34"};
    const auto allowed = resolve_allowed_from(EgressPolicy(), found);
    BOOST_TEST_REQUIRE(word(allowed) == "ok");
    BOOST_TEST((*allowed == addresses(found)));
}

BOOST_AUTO_TEST_CASE(one_blocked_address_among_allowed_ones_blocks_the_name) {
    const EgressPolicy policy;
    const std::vector<std::vector<std::string>> mixes{
        {"127.0.0.1"},
        {"93.184.216.34", "127.0.0.1"},
        {"127.0.0.1", "93.184.216.34"},
        {"93.184.216.34", "10.0.0.1", "93.184.216.35"},
        {"93.184.216.34", "::1"},
        {"2606:4700::1", "::ffff:93.184.216.34"},
        {"2606:4700::1", "64:ff9b::5db8:d822"},
        {"93.184.216.34", "0.0.0.0"},
        {"2606:4700::1", "2606:4700::1%1"},
    };
    for (const auto& mix : mixes) {
        BOOST_TEST(word(resolve_allowed_from(policy, mix)) == "blocked_address", mix.back()
                                                                                     << " went through");
    }
}

BOOST_AUTO_TEST_CASE(a_blocked_address_is_named_with_the_setting_that_decides) {
    const EgressPolicy policy({}, {"93.184.216.0/24"});
    const auto detail = [&policy](const std::string& address) {
        return resolve_allowed_from(policy, {"8.8.8.8", address}).error().detail;
    };
    BOOST_TEST(detail("10.0.0.1") ==
               "example.com at 10.0.0.1 (private; delivery.allow_networks would allow it)");
    BOOST_TEST(detail("93.184.216.34") ==
               "example.com at 93.184.216.34 (deny_networks; delivery.deny_networks holds it)");
    BOOST_TEST(detail("::ffff:8.8.8.8") ==
               "example.com at ::ffff:8.8.8.8 (ipv4_mapped; no setting allows it)");
}

BOOST_AUTO_TEST_CASE(the_lists_of_the_policy_hold_for_names) {
    const EgressPolicy policy({"10.0.0.0/8"}, {"93.184.216.0/24"});
    BOOST_TEST(word(resolve_allowed_from(policy, {"10.0.0.1", "8.8.8.8"})) == "ok");
    BOOST_TEST(word(resolve_allowed_from(policy, {"10.0.0.1", "93.184.216.34"})) == "blocked_address");
}

BOOST_AUTO_TEST_CASE(a_name_without_addresses_is_a_dns_failure) {
    BOOST_TEST(word(resolve_allowed_from(EgressPolicy(), {})) == "dns");
}

BOOST_AUTO_TEST_CASE(a_failure_of_the_resolver_is_handed_on) {
    const EgressPolicy policy;
    FakeResolver dns({OutgoingError{OutgoingFailure::timeout, "slow"}});
    const auto found = Callers().run(resolve_allowed(policy, dns, {"example.com", "app"}, far()));
    BOOST_TEST(word(found) == "timeout");
    BOOST_TEST(found.error().detail == "slow");
}

BOOST_AUTO_TEST_CASE(a_resolver_that_answers_differently_the_second_time_is_asked_once) {
    const EgressPolicy policy;
    FakeResolver dns({addresses({"93.184.216.34"}), addresses({"127.0.0.1"})});
    Callers callers;
    const auto first = callers.run(resolve_allowed(policy, dns, {"Rebind.Example", "app"}, far()));
    BOOST_TEST_REQUIRE(word(first) == "ok");
    BOOST_TEST((*first == addresses({"93.184.216.34"})));
    BOOST_TEST((dns.asked() == std::vector<std::string>{"rebind.example"}));

    const auto second = callers.run(resolve_allowed(policy, dns, {"Rebind.Example", "app"}, far()));
    BOOST_TEST(word(second) == "blocked_address");
    BOOST_TEST(dns.asked().size() == 2U);
}

BOOST_AUTO_TEST_CASE(addresses_and_odd_spellings_never_reach_the_resolver) {
    const EgressPolicy policy;
    FakeResolver dns({});
    Callers callers;
    BOOST_TEST(word(callers.run(resolve_allowed(policy, dns, {"93.184.216.34", "app"}, far()))) == "ok");
    BOOST_TEST(word(callers.run(resolve_allowed(policy, dns, {"[2606:4700::1]", "app"}, far()))) == "ok");
    for (const std::string& host : {"127.0.0.1", "[::1]", "0177.0.0.1", "0x7f.1", "127.1", "2130706433",
                                    "127.0.0.1.", "[fe80::1%25eth0]", "", "%6cocalhost", "example.1"}) {
        BOOST_TEST(word(callers.run(resolve_allowed(policy, dns, {host, "app"}, far()))) == "blocked_address",
                   host << " went through");
    }
    const auto refused = callers.run(resolve_allowed(policy, dns, {"0x7f.1", "app"}, far()));
    BOOST_TEST(refused.error().detail == "the host \"0x7f.1\" (odd_ipv4; no name or address is written so)");
    BOOST_TEST(dns.asked().empty());
}

BOOST_AUTO_TEST_SUITE_END()
