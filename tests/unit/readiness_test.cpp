#include "server/api/readiness.hpp"

#include "tests/support/faulty_machine.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <stdexcept>

namespace gateway::test {

namespace asio = boost::asio;

namespace {

/// Probes that end when and as the test says.
struct Probes {
    asio::io_context context{1};
    TestClock clock;
    asio::steady_timer gate{context, asio::steady_timer::time_point::max()};
    int begun = 0;
    bool fail = false;
    api::Readiness readiness{[this](storage::Deadline) { return probe(); }, clock};

    asio::awaitable<void> probe() {
        ++begun;
        boost::system::error_code ignored;
        co_await gate.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        if (fail) throw std::runtime_error("the database is gone");
    }

    std::future<bool> ask() { return asio::co_spawn(context, readiness.ready(), asio::use_future); }

    void end_probe() {
        gate.cancel();
        context.restart();
        context.run();
    }

    bool ask_and_end_probe() {
        auto answer = ask();
        context.restart();
        context.poll();
        end_probe();
        return answer.get();
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(readiness_test)

BOOST_FIXTURE_TEST_CASE(however_many_ask_there_is_one_probe, Probes) {
    std::vector<std::future<bool>> answers;
    constexpr int callers = 100;
    for (int i = 0; i < callers; ++i)
        answers.push_back(ask());
    context.poll();
    BOOST_TEST(begun == 1);
    end_probe();
    for (auto& answer : answers)
        BOOST_TEST(answer.get());
}

BOOST_FIXTURE_TEST_CASE(what_was_found_holds_for_a_second, Probes) {
    BOOST_TEST(ask_and_end_probe());
    fail = true;
    clock.advance(std::chrono::milliseconds(999));
    BOOST_TEST(ask_and_end_probe());
    BOOST_TEST(begun == 1);
    clock.advance(std::chrono::milliseconds(1));
    BOOST_TEST(!ask_and_end_probe());
    BOOST_TEST(!ask_and_end_probe());
    BOOST_TEST(begun == 2);
    fail = false;
    clock.advance(std::chrono::hours(-1));  // a clock that was put back
    BOOST_TEST(ask_and_end_probe());
    BOOST_TEST(begun == 3);
}

BOOST_FIXTURE_TEST_CASE(a_probe_that_hangs_is_not_ready_and_stays_the_only_one, Probes) {
    auto first = ask();
    while (first.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
        context.run_one();
    context.restart();
    BOOST_TEST(begun == 1);
    end_probe();
    BOOST_TEST(!first.get());
    BOOST_TEST(ask_and_end_probe());  // what it found in the end
    BOOST_TEST(begun == 1);
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_not_ready) {
    FaultyMachine machine;
    machine.seed();
    machine.open();
    api::Readiness readiness(
        [&machine](const storage::Deadline deadline) {
            return api::probe_database(machine.database(), deadline);
        },
        machine.clock);
    BOOST_TEST(machine.start(readiness.ready()).get());

    machine.disk().inject({.call = DiskCall::write, .code = SQLITE_FULL, .lasting = true});
    machine.clock.advance(std::chrono::seconds(1));
    BOOST_TEST(!machine.start(readiness.ready()).get());

    machine.disk().clear();
    machine.clock.advance(std::chrono::seconds(1));
    BOOST_TEST(machine.start(readiness.ready()).get());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::test
