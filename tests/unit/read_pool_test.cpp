#include "storage/engine/read_pool.hpp"

#include "storage/sqlite/connection.hpp"
#include "storage/tables/apps.hpp"
#include "tests/support/test_database.hpp"

#include <SQLiteCpp/Exception.h>
#include <boost/test/unit_test.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <sys/resource.h>
#include <system_error>
#include <unistd.h>
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

std::vector<std::unique_ptr<Session>> sessions(const test::TestFile& file, const int count) {
    std::vector<std::unique_ptr<Session>> sessions;
    for (int i = 0; i < count; ++i)
        sessions.push_back(std::make_unique<Connection>(ConnectionOptions{.path = file.path()}));
    return sessions;
}

constexpr std::uint64_t terabyte = 1ULL << 40U;

/// Bytes that this process has mapped.
std::uint64_t address_space() {
    std::ifstream statm("/proc/self/statm");
    std::uint64_t pages = 0;
    BOOST_REQUIRE(statm >> pages);
    return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

/// Leaves the process room for a few more threads' stacks.
class LimitedAddressSpace {
  public:
    LimitedAddressSpace() {
        constexpr std::uint64_t room = 40U << 20U;
        BOOST_REQUIRE(::getrlimit(RLIMIT_AS, &former_) == 0);
        const rlimit limited{.rlim_cur = address_space() + room, .rlim_max = former_.rlim_max};
        BOOST_REQUIRE(::setrlimit(RLIMIT_AS, &limited) == 0);
    }

    ~LimitedAddressSpace() { ::setrlimit(RLIMIT_AS, &former_); }

    LimitedAddressSpace(const LimitedAddressSpace&) = delete;
    LimitedAddressSpace& operator=(const LimitedAddressSpace&) = delete;

  private:
    rlimit former_{};
};

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
        db.ask(
            "INSERT INTO apps (id, name, created_at, updated_at) VALUES ('54e9ujn', '', "
            "'2025-03-15T12:00:00.000Z', '2025-03-15T12:00:00.000Z')");
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

BOOST_AUTO_TEST_CASE(a_read_that_came_with_a_slow_one_is_done_by_the_next_reader_that_is_idle) {
    test::TestDatabase db({.readers = 2});
    test::Hold first;
    test::Hold second;
    const test::Hold slow;
    db.hold_reader(first);
    db.hold_reader(second);
    auto waiting = db.start_read(slow.job<Snapshot>());
    auto quick = db.start_read(count_apps);
    first.release();
    slow.wait_until_running();
    second.release();
    BOOST_REQUIRE(quick.wait_for(10s) == std::future_status::ready);
    BOOST_TEST(quick.get() == 0U);
}

BOOST_AUTO_TEST_CASE(a_read_is_answered_before_the_slow_one_behind_it_is_done) {
    test::TestDatabase db({.readers = 1});
    test::Hold hold;
    const test::Hold slow;
    db.hold_reader(hold);
    auto quick = db.start_read(count_apps);
    auto waiting = db.start_read(slow.job<Snapshot>());
    hold.release();
    BOOST_REQUIRE(quick.wait_for(10s) == std::future_status::ready);
    BOOST_TEST(quick.get() == 0U);
}

BOOST_AUTO_TEST_CASE(a_snapshot_that_cannot_be_ended_hides_no_commit_from_the_next_read) {
    test::TestDatabase db({.readers = 1});
    // Refuses the COMMIT, although nothing of the file is touched: a dangling key among temporary tables.
    const auto unfinishable = [](Snapshot& snapshot) {
        snapshot.query("CREATE TEMP TABLE parents (id INTEGER PRIMARY KEY)").step();
        snapshot
            .query(
                "CREATE TEMP TABLE children (parent REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED)")
            .step();
        count_apps(snapshot);
        return snapshot.query("INSERT INTO children VALUES (7)").step();
    };
    BOOST_CHECK_THROW(db.read(unfinishable), SQLite::Exception);
    db.write(add_app);
    BOOST_TEST(db.read(count_apps) == 1U);
}

BOOST_AUTO_TEST_CASE(readers_of_which_one_cannot_be_started_are_refused_and_the_process_lives) {
    if (address_space() >= terabyte) return;  // a sanitizer's, which cannot be limited
    const test::TestFile file;
    {
        const LimitedAddressSpace no_room_for_more_stacks;
        const auto start = [&] { ReadPool(sessions(file, 32), 8, system_now); };
        BOOST_CHECK_THROW(start(), std::system_error);
    }
    const ReadPool readers(sessions(file, 2), 8, system_now);
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
