#include "server/outgoing/system_resolver.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
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

using gateway::outgoing::Addresses;
using gateway::outgoing::Deadline;
using gateway::outgoing::EgressPolicy;
using gateway::outgoing::OutgoingError;
using gateway::outgoing::OutgoingFailure;
using gateway::outgoing::OutgoingResult;
using gateway::outgoing::resolve_allowed;
using gateway::outgoing::Resolver;
using gateway::outgoing::ResolverLimits;
using gateway::outgoing::system_lookup;
using gateway::outgoing::SystemResolver;
namespace asio = boost::asio;
namespace ip = boost::asio::ip;
using namespace std::chrono_literals;

const ip::address public_address = ip::make_address("93.184.216.34");

Deadline in(const std::chrono::milliseconds time) {
    return std::chrono::steady_clock::now() + time;
}

// Longer than any test may last: where it passes, the test has failed.
Deadline far() {
    return in(60s);
}

// The one word of an outcome: "ok", or why it failed.
std::string word(const OutgoingResult<Addresses>& outcome) {
    return std::string(outcome.has_value() ? "ok" : to_string(outcome.error().failure));
}

using Outcome = std::optional<OutgoingResult<Addresses>>;

auto keep_in(std::shared_ptr<Outcome> outcome) {
    return [outcome = std::move(outcome)](const std::exception_ptr& error, OutgoingResult<Addresses> result) {
        if (error) std::rethrow_exception(error);
        *outcome = std::move(result);
    };
}

// The coroutines of a test, on the one thread that runs it.
class Callers {
  public:
    // Starts one; what comes back is set when it has ended.
    std::shared_ptr<Outcome> start(asio::awaitable<OutgoingResult<Addresses>> coroutine) {
        auto outcome = std::make_shared<Outcome>();
        asio::co_spawn(context_, std::move(coroutine), keep_in(outcome));
        return outcome;
    }

    std::shared_ptr<Outcome> start(asio::awaitable<OutgoingResult<Addresses>> coroutine,
                                   const asio::cancellation_slot slot) {
        auto outcome = std::make_shared<Outcome>();
        asio::co_spawn(context_, std::move(coroutine), asio::bind_cancellation_slot(slot, keep_in(outcome)));
        return outcome;
    }

    // Does what can be done without waiting for anybody.
    void poll() {
        context_.restart();
        context_.poll();
    }

    // Until all that were started have ended.
    void run() {
        context_.restart();
        context_.run();
    }

    OutgoingResult<Addresses> run(asio::awaitable<OutgoingResult<Addresses>> coroutine) {
        const auto outcome = start(std::move(coroutine));
        run();
        return outcome->value();
    }

  private:
    asio::io_context context_{1};
};

// DNS as a test wants it. Names that begin with "stuck" are asked of a name server that never answers: their
// look-ups end when the test opens the gate. All others have the public address.
class ScriptedDns {
  public:
    // `stuck` look-ups are going to be stuck, see await_stuck().
    explicit ScriptedDns(const std::ptrdiff_t stuck = 0)
        : state_(std::make_shared<State>(stuck)), all_gone_(state_->gone.get_future()) {}

    ScriptedDns(const ScriptedDns&) = delete;
    ScriptedDns& operator=(const ScriptedDns&) = delete;

    // Waits until the last thread has let go of the look-up, so that no test leaves one behind.
    ~ScriptedDns() {
        open_gate();
        auto all_gone = std::move(all_gone_);
        state_.reset();
        all_gone.wait();
    }

    auto look_up() const {
        return [state = state_](const std::string& host) { return state->look_up(host); };
    }

    void await_stuck() const { state_->stuck.wait(); }

    void open_gate() {
        if (!std::exchange(gate_is_open_, true)) state_->gate.set_value();
    }

    std::vector<std::string> asked() const {
        const std::lock_guard lock(state_->mutex);
        return state_->asked;
    }

  private:
    struct State {
        explicit State(const std::ptrdiff_t stuck_lookups) : stuck(stuck_lookups) {}

        State(const State&) = delete;
        State& operator=(const State&) = delete;

        ~State() { gone.set_value(); }

        OutgoingResult<Addresses> look_up(const std::string& host) {
            {
                const std::lock_guard lock(mutex);
                asked.push_back(host);
            }
            if (host.starts_with("stuck")) {
                stuck.count_down();
                gate_opens.wait();
            }
            return Addresses{public_address};
        }

        std::latch stuck;
        std::promise<void> gate;
        std::shared_future<void> gate_opens = gate.get_future().share();
        std::promise<void> gone;
        std::mutex mutex;
        std::vector<std::string> asked;
    };

    std::shared_ptr<State> state_;
    std::future<void> all_gone_;
    bool gate_is_open_ = false;
};

ResolverLimits limits(const std::size_t threads, const std::size_t queue) {
    return {.threads = threads, .queue = queue};
}

// Gives its answers one after the other, at once.
class FakeResolver final : public Resolver {
  public:
    explicit FakeResolver(std::deque<OutgoingResult<Addresses>> answers) : answers_(std::move(answers)) {}

    asio::awaitable<OutgoingResult<Addresses>> resolve(std::string host, Deadline) override {
        asked_.push_back(std::move(host));
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
    return Callers().run(resolve_allowed(policy, dns, "example.com", far()));
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_name_is_answered_with_its_addresses) {
    const ScriptedDns dns;
    SystemResolver resolver(limits(1, 1), dns.look_up());
    const auto found = Callers().run(resolver.resolve("example.com", far()));
    BOOST_TEST_REQUIRE(word(found) == "ok");
    BOOST_TEST((*found == Addresses{public_address}));
}

BOOST_AUTO_TEST_CASE(a_name_that_never_answers_times_out_at_its_deadline) {
    const ScriptedDns dns(1);
    SystemResolver resolver(limits(1, 1), dns.look_up());
    const auto found = Callers().run(resolver.resolve("stuck.example", in(20ms)));
    BOOST_TEST(word(found) == "timeout");
    BOOST_TEST(found.error().detail == "stuck.example: no answer to the look-up in time");
}

BOOST_AUTO_TEST_CASE(a_name_that_never_answers_does_not_stall_other_names) {
    ScriptedDns dns(1);
    SystemResolver resolver(limits(2, 4), dns.look_up());
    Callers callers;
    const auto stuck = callers.start(resolver.resolve("stuck.example", far()));
    callers.poll();
    dns.await_stuck();
    Callers others;
    for (int i = 0; i < 20; ++i) {
        BOOST_TEST(word(others.run(resolver.resolve("example.com", far()))) == "ok");
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
    const auto first = callers.start(resolver.resolve("stuck.example", far()));
    const auto second = callers.start(resolver.resolve("stuck.example", far()));
    callers.poll();
    dns.await_stuck();
    for (int i = 0; i < 5; ++i) {
        BOOST_TEST(word(Callers().run(resolver.resolve("stuck.example", in(2ms)))) == "timeout");
    }
    BOOST_TEST(word(Callers().run(resolver.resolve("example.com", far()))) == "ok");

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
    const auto first = callers.start(resolver.resolve("stuck1.example", far()));
    const auto second = callers.start(resolver.resolve("stuck2.example", far()));
    callers.poll();
    dns.await_stuck();
    BOOST_TEST(word(Callers().run(resolver.resolve("example.com", in(20ms)))) == "timeout");

    const auto patient = callers.start(resolver.resolve("patient.example", far()));
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
    const auto stuck = callers.start(resolver.resolve("stuck.example", far()));
    callers.poll();
    dns.await_stuck();
    const auto second = callers.start(resolver.resolve("second.example", far()));
    const auto third = callers.start(resolver.resolve("third.example", far()));
    callers.poll();

    const auto refused = callers.start(resolver.resolve("fourth.example", far()));
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
    const auto stuck = callers.start(resolver.resolve("stuck.example", far()));
    callers.poll();
    dns.await_stuck();
    BOOST_TEST(word(Callers().run(resolver.resolve("given.up", in(2ms)))) == "timeout");

    const auto next = callers.start(resolver.resolve("next.example", far()));
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
    const auto stuck = callers.start(resolver.resolve("stuck.example", far()));
    callers.poll();
    dns.await_stuck();
    const auto patient = callers.start(resolver.resolve("shared.example", far()));
    callers.poll();
    BOOST_TEST(word(Callers().run(resolver.resolve("shared.example", in(2ms)))) == "timeout");

    dns.open_gate();
    callers.run();
    BOOST_TEST(word(patient->value()) == "ok");
}

BOOST_AUTO_TEST_CASE(an_answer_after_the_deadline_is_dropped_and_its_thread_serves_again) {
    ScriptedDns dns(1);
    SystemResolver resolver(limits(1, 1), dns.look_up());
    Callers callers;
    const auto late = callers.start(resolver.resolve("stuck.example", in(20ms)));
    callers.poll();
    dns.await_stuck();
    callers.run();
    BOOST_TEST(word(late->value()) == "timeout");
    dns.open_gate();
    BOOST_TEST(word(Callers().run(resolver.resolve("example.com", far()))) == "ok");
    BOOST_TEST(word(Callers().run(resolver.resolve("stuck.example", far()))) == "ok");
}

BOOST_AUTO_TEST_CASE(stopping_does_not_wait_for_stuck_look_ups_and_answers_their_callers) {
    ScriptedDns dns(2);
    Callers callers;
    std::optional<SystemResolver> resolver(std::in_place, limits(3, 4), dns.look_up());
    const auto first = callers.start(resolver->resolve("stuck1.example", far()));
    const auto second = callers.start(resolver->resolve("stuck2.example", far()));
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
    const auto stuck = callers.start(resolver->resolve("stuck.example", far()));
    callers.poll();
    dns.await_stuck();
    const auto queued = callers.start(resolver->resolve("queued.example", far()));
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
        const auto never = callers.start(resolver.resolve("stuck.example", far()));
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
        const auto stuck = callers.start(resolver.resolve("stuck.example", far()));
        callers.poll();
        dns.await_stuck();
        const auto queued = callers.start(resolver.resolve("queued.example", far()));
        callers.poll();
    }
    dns.open_gate();
    BOOST_TEST(word(Callers().run(resolver.resolve("example.com", far()))) == "ok");
    BOOST_TEST(std::ranges::count(dns.asked(), "queued.example") == 0);
}

BOOST_AUTO_TEST_CASE(a_cancelled_coroutine_is_answered_and_gives_up_its_place) {
    ScriptedDns dns(1);
    SystemResolver resolver(limits(1, 1), dns.look_up());
    Callers callers;
    const auto stuck = callers.start(resolver.resolve("stuck.example", far()));
    callers.poll();
    dns.await_stuck();
    asio::cancellation_signal signal;
    const auto cancelled = callers.start(resolver.resolve("queued.example", far()), signal.slot());
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
                const auto shared = callers.start(resolver.resolve("shared.example", far()));
                const auto own = callers.start(resolver.resolve("host" + std::to_string(thread), far()));
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
    const auto failed = Callers().run(resolver.resolve("fails.example", far()));
    BOOST_TEST(word(failed) == "dns");
    BOOST_TEST(failed.error().detail == "fails.example: unknown");
    const auto thrown = Callers().run(resolver.resolve("throws.example", far()));
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
    const auto found = Callers().run(resolve_allowed(policy, resolver, "localhost", far()));
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
    const auto found = Callers().run(resolve_allowed(policy, dns, "example.com", far()));
    BOOST_TEST(word(found) == "timeout");
    BOOST_TEST(found.error().detail == "slow");
}

BOOST_AUTO_TEST_CASE(a_resolver_that_answers_differently_the_second_time_is_asked_once) {
    const EgressPolicy policy;
    FakeResolver dns({addresses({"93.184.216.34"}), addresses({"127.0.0.1"})});
    Callers callers;
    const auto first = callers.run(resolve_allowed(policy, dns, "Rebind.Example", far()));
    BOOST_TEST_REQUIRE(word(first) == "ok");
    BOOST_TEST((*first == addresses({"93.184.216.34"})));
    BOOST_TEST((dns.asked() == std::vector<std::string>{"rebind.example"}));

    const auto second = callers.run(resolve_allowed(policy, dns, "Rebind.Example", far()));
    BOOST_TEST(word(second) == "blocked_address");
    BOOST_TEST(dns.asked().size() == 2U);
}

BOOST_AUTO_TEST_CASE(addresses_and_odd_spellings_never_reach_the_resolver) {
    const EgressPolicy policy;
    FakeResolver dns({});
    Callers callers;
    BOOST_TEST(word(callers.run(resolve_allowed(policy, dns, "93.184.216.34", far()))) == "ok");
    BOOST_TEST(word(callers.run(resolve_allowed(policy, dns, "[2606:4700::1]", far()))) == "ok");
    for (const std::string& host : {"127.0.0.1", "[::1]", "0177.0.0.1", "0x7f.1", "127.1", "2130706433",
                                    "127.0.0.1.", "[fe80::1%25eth0]", "", "%6cocalhost", "example.1"}) {
        BOOST_TEST(word(callers.run(resolve_allowed(policy, dns, host, far()))) == "blocked_address",
                   host << " went through");
    }
    const auto refused = callers.run(resolve_allowed(policy, dns, "0x7f.1", far()));
    BOOST_TEST(refused.error().detail == "the host \"0x7f.1\" (odd_ipv4; no name or address is written so)");
    BOOST_TEST(dns.asked().empty());
}

BOOST_AUTO_TEST_SUITE_END()
