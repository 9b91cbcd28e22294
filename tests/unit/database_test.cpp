#include "storage/engine/database.hpp"

#include "storage/tables/apps.hpp"
#include "tests/support/test_database.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace gateway::storage {

namespace {

using namespace std::chrono_literals;

bool do_nothing(Transaction&) {
    return true;
}

auto add_app(const std::string& id) {
    return [id](Transaction& transaction) { return insert_app(transaction, id, ""); };
}

/// Whether a failure is an Unavailable of this code.
auto unavailable(const ErrorCode code) {
    return [code](const Unavailable& failure) { return failure.code() == code; };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(database_test)

BOOST_AUTO_TEST_CASE(a_write_is_in_the_file_when_it_is_answered) {
    test::TestDatabase db;
    for (const std::string id : {"aaaaaaa", "bbbbbbb", "ccccccc"}) {
        BOOST_TEST(db.write(add_app(id)));
        BOOST_TEST(db.ask("SELECT max(id) FROM apps") == id);
    }
}

BOOST_AUTO_TEST_CASE(a_write_gives_what_its_job_returns) {
    test::TestDatabase db;
    const auto named = [](Transaction& transaction) -> Result<std::string> {
        insert_app(transaction, "54e9ujn", "Shop");
        return find_app(transaction, "54e9ujn")->name;
    };
    BOOST_TEST(db.write(named).value() == "Shop");
}

BOOST_AUTO_TEST_CASE(an_outcome_may_be_a_type_that_only_moves) {
    test::TestDatabase db;
    const auto boxed = [](Transaction&) { return std::make_unique<int>(7); };
    BOOST_TEST(*db.write(boxed) == 7);
}

BOOST_AUTO_TEST_CASE(a_write_that_throws_leaves_nothing_and_its_exception_arrives) {
    test::TestDatabase db;
    const auto failing = [](Transaction& transaction) -> bool {
        insert_app(transaction, "54e9ujn", "");
        insert_app(transaction, "fvua38g", "");
        throw std::domain_error("changed my mind");
    };
    BOOST_CHECK_THROW(db.write(failing), std::domain_error);
    BOOST_TEST(db.ask("SELECT count(*) FROM apps") == "0");
}

BOOST_AUTO_TEST_CASE(a_write_that_returns_an_error_leaves_nothing_and_its_error_arrives) {
    test::TestDatabase db;
    const auto refusing = [](Transaction& transaction) -> Result<bool> {
        insert_app(transaction, "54e9ujn", "");
        insert_app(transaction, "fvua38g", "");
        return ApiError{.code = ErrorCode::webhook_not_found, .message = "no such webhook"};
    };
    const auto outcome = db.write(refusing);
    BOOST_REQUIRE(outcome.has_error());
    BOOST_CHECK(outcome.error().code == ErrorCode::webhook_not_found);
    BOOST_TEST(db.ask("SELECT count(*) FROM apps") == "0");
}

BOOST_AUTO_TEST_CASE(the_time_of_a_job_is_the_clocks) {
    test::TestDatabase db;
    db.clock.advance(1h);
    const auto time = [](Snapshot& snapshot) { return snapshot.now(); };
    BOOST_CHECK(db.write(time) == db.clock.now());
    BOOST_CHECK(db.read(time) == db.clock.now());
}

BOOST_AUTO_TEST_CASE(a_write_beyond_the_queue_is_refused_at_once_and_those_in_it_are_done) {
    test::TestDatabase db({.write_queue = 2});
    test::Hold hold;
    db.hold_writer(hold);
    auto first = db.start_write(add_app("aaaaaaa"));
    auto second = db.start_write(add_app("bbbbbbb"));
    auto third = db.start_write(add_app("ccccccc"));
    BOOST_REQUIRE(third.wait_for(10s) == std::future_status::ready);
    BOOST_CHECK_EXCEPTION(third.get(), Unavailable, unavailable(ErrorCode::overloaded));
    hold.release();
    BOOST_TEST(first.get());
    BOOST_TEST(second.get());
    BOOST_TEST(db.write(add_app("ddddddd")));
    BOOST_TEST(db.ask("SELECT group_concat(id) FROM apps") == "aaaaaaa,bbbbbbb,ddddddd");
}

BOOST_AUTO_TEST_CASE(a_write_whose_deadline_passed_in_the_queue_is_not_run_and_its_neighbours_are) {
    test::TestDatabase db;
    test::Hold hold;
    db.hold_writer(hold);
    std::atomic<bool> ran = false;
    const auto job = [&ran](Transaction&) { return ran = true; };
    auto late = db.start_write(job, std::chrono::steady_clock::now());
    auto neighbour = db.start_write(add_app("aaaaaaa"));
    hold.release();
    BOOST_CHECK_EXCEPTION(late.get(), Unavailable, unavailable(ErrorCode::overloaded));
    BOOST_TEST(neighbour.get());
    BOOST_TEST(!ran);
}

BOOST_AUTO_TEST_CASE(a_write_that_had_begun_by_its_deadline_is_answered_by_its_outcome) {
    test::TestDatabase db;
    std::atomic<bool> ran = false;
    // A slow machine may not begin in time; it gets more of it until it does.
    for (auto limit = 20ms; !ran; limit *= 2) {
        const Deadline deadline = std::chrono::steady_clock::now() + limit;
        const auto outlast = [&ran, deadline](Transaction& transaction) {
            ran = true;
            std::this_thread::sleep_until(deadline + 1ms);
            return insert_app(transaction, "aaaaaaa", "");
        };
        auto reply = db.start_write(outlast, deadline);
        try {
            BOOST_TEST(reply.get());
        } catch (const Unavailable&) {
            BOOST_TEST(!ran);
        }
    }
    BOOST_TEST(db.ask("SELECT id FROM apps") == "aaaaaaa");
}

BOOST_AUTO_TEST_CASE(destroying_it_commits_and_answers_what_waits) {
    test::TestDatabase db;
    test::Hold hold;
    db.hold_writer(hold);
    constexpr int writes = 600;
    std::vector<std::future<bool>> replies;
    replies.reserve(writes);
    for (int number = 0; number < writes; ++number)  // more than one group holds
        replies.push_back(db.start_write(add_app("a" + std::to_string(100'000 + number))));
    hold.release();
    db.close();
    for (auto& reply : replies)
        BOOST_TEST(reply.get());
    BOOST_TEST(db.ask("SELECT count(*) FROM apps") == "600");
}

BOOST_AUTO_TEST_CASE(destroying_it_empties_the_log_into_the_file) {
    test::TestDatabase db;
    db.write(add_app("aaaaaaa"));
    const std::string log = db.file().path().string() + "-wal";
    BOOST_TEST(std::filesystem::exists(log));
    db.close();
    BOOST_TEST(!std::filesystem::exists(log));
}

BOOST_AUTO_TEST_CASE(callers_on_one_thread_get_the_answers_of_a_group_in_one_post) {
    boost::asio::io_context callers;  // outlives the database, as it must
    test::TestDatabase db;
    test::Hold hold;
    db.hold_writer(hold);
    int answered = 0;
    const auto call = [&]() -> boost::asio::awaitable<void> {
        co_await db.database().write(do_nothing, test::no_deadline);
        ++answered;
    };
    for (int caller = 0; caller < 3; ++caller)
        boost::asio::co_spawn(callers, call, boost::asio::detached);
    callers.poll();
    auto elsewhere = db.start_write(do_nothing);
    hold.release();
    // Answered after the others of its group, as it came after them.
    BOOST_TEST(elsewhere.get());
    BOOST_TEST(answered == 0);
    BOOST_TEST(callers.poll_one() == 1U);
    BOOST_TEST(answered == 3);
}

BOOST_AUTO_TEST_CASE(a_caller_goes_on_on_its_own_thread) {
    test::TestDatabase db;
    const auto call = [&db]() -> boost::asio::awaitable<bool> {
        const auto here = std::this_thread::get_id();
        const auto name_thread = [](Snapshot&) { return std::this_thread::get_id(); };
        const auto writer = co_await db.database().write(name_thread, test::no_deadline);
        const auto reader = co_await db.database().read(name_thread, test::no_deadline);
        co_return std::this_thread::get_id() == here&& writer != here&& reader != here&& writer != reader;
    };
    BOOST_TEST(db.run(call()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::storage
