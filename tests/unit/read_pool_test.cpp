#include "storage/engine/read_pool.hpp"

#include "storage/tables/apps.hpp"
#include "tests/support/test_database.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <future>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace gateway::storage {

namespace {

using namespace std::chrono_literals;

std::size_t count_apps(Snapshot& snapshot) {
    return list_apps(snapshot).size();
}

bool add_app(Transaction& transaction) {
    return insert_app(transaction, "54e9ujn", "Shop");
}

bool is_overloaded(const Unavailable& failure) {
    return failure.code() == ErrorCode::overloaded;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(read_pool_test)

BOOST_AUTO_TEST_CASE(a_read_sees_what_was_written_before_it) {
    test::TestDatabase db;
    BOOST_TEST(db.read(count_apps) == 0U);
    db.write(add_app);
    BOOST_TEST(db.read(count_apps) == 1U);
    db.ask("DELETE FROM apps");
    BOOST_TEST(db.read(count_apps) == 0U);
}

BOOST_AUTO_TEST_CASE(a_read_sees_one_state_of_the_file_from_its_first_look_on) {
    test::TestDatabase db;
    const auto look_twice = [&db](Snapshot& snapshot) {
        const auto before = count_apps(snapshot);
        db.ask("INSERT INTO apps (id, name, created_at, updated_at) VALUES ('54e9ujn', '', '', '')");
        return std::pair(before, snapshot.query("SELECT id FROM apps").step());
    };
    const auto [before, changed] = db.read(look_twice);
    BOOST_TEST(before == 0U);
    BOOST_TEST(!changed);
}

BOOST_AUTO_TEST_CASE(a_read_goes_on_while_the_writer_is_busy) {
    test::TestDatabase db;
    const test::Hold hold;
    db.hold_writer(hold);
    BOOST_TEST(db.read(count_apps) == 0U);
}

BOOST_AUTO_TEST_CASE(a_slow_read_leaves_the_other_readers_to_the_rest) {
    test::TestDatabase db({.readers = 2});
    const test::Hold hold;
    db.hold_reader(hold);
    constexpr int reads = 100;
    std::vector<std::future<std::size_t>> replies;
    replies.reserve(reads);
    for (int i = 0; i < reads; ++i)
        replies.push_back(db.start_read(count_apps));
    for (auto& reply : replies)
        BOOST_TEST(reply.get() == 0U);
}

BOOST_AUTO_TEST_CASE(a_read_remembers_nothing) {
    test::TestDatabase db;
    BOOST_TEST(db.read([](Snapshot& snapshot) { return snapshot.memory() == nullptr; }));
}

BOOST_AUTO_TEST_CASE(a_read_that_throws_fails_alone) {
    test::TestDatabase db({.readers = 1});
    test::Hold hold;
    db.hold_reader(hold);
    const auto throwing = [](Snapshot&) -> bool { throw std::domain_error("changed my mind"); };
    auto before = db.start_read(count_apps);
    auto thrown = db.start_read(throwing);
    auto after = db.start_read(count_apps);
    hold.release();
    BOOST_TEST(before.get() == 0U);
    BOOST_CHECK_THROW(thrown.get(), std::domain_error);
    BOOST_TEST(after.get() == 0U);
}

BOOST_AUTO_TEST_CASE(a_read_that_returns_an_error_gives_it) {
    test::TestDatabase db;
    const auto refusing = [](Snapshot&) -> Result<bool> {
        return ApiError{.code = ErrorCode::app_not_found, .message = "no such app"};
    };
    BOOST_CHECK(db.read(refusing).error().code == ErrorCode::app_not_found);
}

BOOST_AUTO_TEST_CASE(a_read_cannot_write) {
    test::TestDatabase db;
    const auto writing = [](Snapshot& snapshot) { return snapshot.query("DELETE FROM apps").step(); };
    db.write(add_app);
    BOOST_CHECK_THROW(db.read(writing), Unavailable);
    BOOST_TEST(db.read(count_apps) == 1U);
}

BOOST_AUTO_TEST_CASE(the_end_of_a_snapshot_before_its_time_harms_no_other_read) {
    test::TestDatabase db({.readers = 1});
    test::Hold hold;
    db.hold_reader(hold);
    // What SQLite does by itself after an I/O error.
    const auto ending = [](Snapshot& snapshot) -> bool {
        snapshot.query("ROLLBACK").step();
        throw std::domain_error("the disk failed");
    };
    auto before = db.start_read(count_apps);
    auto ended = db.start_read(ending);
    auto after = db.start_read(count_apps);
    hold.release();
    BOOST_TEST(before.get() == 0U);
    BOOST_CHECK_THROW(ended.get(), std::domain_error);
    BOOST_TEST(after.get() == 0U);
    BOOST_CHECK_THROW(db.read(ending), std::domain_error);
    BOOST_TEST(db.read(count_apps) == 0U);
}

BOOST_AUTO_TEST_CASE(a_read_beyond_the_queue_is_refused_at_once) {
    test::TestDatabase db({.readers = 1, .read_queue = 1});
    test::Hold hold;
    db.hold_reader(hold);
    auto waiting = db.start_read(count_apps);
    auto refused = db.start_read(count_apps);
    BOOST_REQUIRE(refused.wait_for(10s) == std::future_status::ready);
    BOOST_CHECK_EXCEPTION(refused.get(), Unavailable, is_overloaded);
    hold.release();
    BOOST_TEST(waiting.get() == 0U);
}

BOOST_AUTO_TEST_CASE(a_read_whose_deadline_passed_in_the_queue_is_not_run) {
    test::TestDatabase db({.readers = 1});
    test::Hold hold;
    db.hold_reader(hold);
    std::atomic<bool> ran = false;
    const auto job = [&ran](Snapshot&) { return ran = true; };
    auto late = db.start_read(job, std::chrono::steady_clock::now());
    auto neighbour = db.start_read(count_apps);
    hold.release();
    BOOST_CHECK_EXCEPTION(late.get(), Unavailable, is_overloaded);
    BOOST_TEST(neighbour.get() == 0U);
    BOOST_TEST(!ran);
}

BOOST_AUTO_TEST_CASE(destroying_it_answers_what_waits) {
    test::TestDatabase db({.readers = 1});
    test::Hold hold;
    db.hold_reader(hold);
    constexpr int reads = 100;
    std::vector<std::future<std::size_t>> replies;
    replies.reserve(reads);
    for (int i = 0; i < reads; ++i)
        replies.push_back(db.start_read(count_apps));
    hold.release();
    db.close();
    for (auto& reply : replies)
        BOOST_TEST(reply.get() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::storage
