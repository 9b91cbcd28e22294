// Names, their look-ups and those who wait for them, for tests of the resolver.
#pragma once

#include "server/outgoing/system_resolver.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <future>
#include <latch>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gateway::test {

namespace asio = boost::asio;
namespace ip = boost::asio::ip;
using namespace std::chrono_literals;
using outgoing::Addresses;
using outgoing::Deadline;
using outgoing::OutgoingResult;

inline const ip::address public_address = ip::make_address("93.184.216.34");

inline Deadline in(const std::chrono::milliseconds time) {
    return std::chrono::steady_clock::now() + time;
}

/// Longer than any test may last: where it passes, the test has failed.
inline Deadline far() {
    return in(60s);
}

/// The one word of an outcome: "ok", or why it failed.
inline std::string word(const OutgoingResult<Addresses>& outcome) {
    return std::string(outcome.has_value() ? "ok" : to_string(outcome.error().failure));
}

using Outcome = std::optional<OutgoingResult<Addresses>>;

inline auto keep_in(std::shared_ptr<Outcome> outcome) {
    return [outcome = std::move(outcome)](const std::exception_ptr& error, OutgoingResult<Addresses> result) {
        if (error) std::rethrow_exception(error);
        *outcome = std::move(result);
    };
}

/// The coroutines of a test, on the one thread that runs it.
class Callers {
  public:
    /// Starts one; what comes back is set when it has ended.
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

    /// Does what can be done without waiting for anybody.
    void poll() {
        context_.restart();
        context_.poll();
    }

    /// Until all that were started have ended.
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

/// DNS as a test wants it. Names that begin with "stuck" are asked of a name server that never answers: their
/// look-ups end when the test opens the gate. All others have the public address.
class ScriptedDns {
  public:
    /// `stuck` look-ups are going to be stuck, see await_stuck().
    explicit ScriptedDns(const std::ptrdiff_t stuck = 0)
        : state_(std::make_shared<State>(stuck)), all_gone_(state_->gone.get_future()) {}

    ScriptedDns(const ScriptedDns&) = delete;
    ScriptedDns& operator=(const ScriptedDns&) = delete;

    /// Waits until the last thread has let go of the look-up, so that no test leaves one behind.
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

}  // namespace gateway::test
