#include "storage/sqlite/side_lock.hpp"

#include "tests/support/temporary_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <chrono>
#include <csignal>
#include <functional>
#include <memory>
#include <optional>
#include <sys/stat.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>

namespace gateway::storage {

namespace {

using Part = SideLock::Part;
using namespace std::chrono_literals;

struct Fixture {
    test::TemporaryFolder folder;
    std::filesystem::path database = folder.path() / "gateway.db";
};

/// A process that runs `action` and then lives until it is killed, at the latest when this is destroyed.
class Child {
  public:
    explicit Child(const std::function<bool()>& action) {
        std::array<int, 2> ends{};
        BOOST_REQUIRE(::pipe(ends.data()) == 0);
        process_ = ::fork();
        BOOST_REQUIRE(process_ >= 0);
        if (process_ == 0) live(action, ends[1]);
        ::close(ends[1]);
        char outcome = 0;
        BOOST_REQUIRE(::read(ends[0], &outcome, 1) == 1);
        ::close(ends[0]);
        succeeded_ = outcome == 'y';
    }

    ~Child() { kill(); }

    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    [[nodiscard]] bool succeeded() const noexcept { return succeeded_; }

    void kill() {
        if (process_ == 0) return;
        ::kill(process_, SIGKILL);
        ::waitpid(process_, nullptr, 0);
        process_ = 0;
    }

  private:
    [[noreturn]] static void live(const std::function<bool()>& action, const int answer) {
        const char outcome = action() ? 'y' : 'n';
        if (::write(answer, &outcome, 1) != 1) ::_exit(1);
        while (true)
            ::pause();
    }

    pid_t process_ = 0;
    bool succeeded_ = false;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(side_lock_test, Fixture)

BOOST_AUTO_TEST_CASE(the_side_file_stands_next_to_the_database_and_is_the_owners_alone) {
    const SideLock lock(database);

    struct stat status {};

    BOOST_REQUIRE(::stat((database.string() + ".lock").c_str(), &status) == 0);
    BOOST_TEST((status.st_mode & 0777U) == 0600U);
}

BOOST_AUTO_TEST_CASE(a_folder_that_is_missing_is_told) {
    BOOST_CHECK_THROW(SideLock(folder.path() / "missing" / "gateway.db"), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(one_holder_at_a_time) {
    SideLock first(database);
    SideLock second(database);
    BOOST_TEST(first.try_lock(Part::daemon));
    BOOST_TEST(!second.try_lock(Part::daemon));
    first.unlock(Part::daemon);
    BOOST_TEST(second.try_lock(Part::daemon));
}

BOOST_AUTO_TEST_CASE(the_parts_are_locked_apart) {
    SideLock first(database);
    SideLock second(database);
    BOOST_TEST(first.try_lock(Part::daemon));
    BOOST_TEST(second.try_lock(Part::writer_turn));
    BOOST_TEST(!first.try_lock(Part::writer_turn));
    second.unlock(Part::writer_turn);
    BOOST_TEST(first.try_lock(Part::writer_turn));
    BOOST_TEST(!second.try_lock(Part::daemon));
}

BOOST_AUTO_TEST_CASE(a_lock_ends_with_its_object) {
    SideLock second(database);
    {
        SideLock first(database);
        BOOST_TEST(first.try_lock(Part::daemon));
    }
    BOOST_TEST(second.try_lock(Part::daemon));
}

BOOST_AUTO_TEST_CASE(closing_another_object_of_the_same_process_leaves_the_lock) {
    SideLock first(database);
    BOOST_TEST(first.try_lock(Part::daemon));
    { const SideLock passing(database); }
    SideLock second(database);
    BOOST_TEST(!second.try_lock(Part::daemon));
}

BOOST_AUTO_TEST_CASE(others_see_that_a_part_is_held_and_the_holder_does_not) {
    SideLock holder(database);
    const SideLock other(database);
    BOOST_TEST(!other.held_elsewhere(Part::writer_turn));
    BOOST_TEST(holder.try_lock(Part::writer_turn));
    BOOST_TEST(other.held_elsewhere(Part::writer_turn));
    BOOST_TEST(!other.held_elsewhere(Part::daemon));
    BOOST_TEST(!holder.held_elsewhere(Part::writer_turn));
    holder.unlock(Part::writer_turn);
    BOOST_TEST(!other.held_elsewhere(Part::writer_turn));
}

BOOST_AUTO_TEST_CASE(looking_takes_nothing) {
    const SideLock first(database);
    SideLock second(database);
    BOOST_TEST(!first.held_elsewhere(Part::writer_turn));
    BOOST_TEST(second.try_lock(Part::writer_turn));
}

BOOST_AUTO_TEST_CASE(waiting_for_a_part_that_stays_held_ends_with_the_timeout) {
    SideLock holder(database);
    SideLock other(database);
    BOOST_TEST(holder.try_lock(Part::writer_turn));
    const auto started = std::chrono::steady_clock::now();
    BOOST_TEST(!other.lock(Part::writer_turn, 20ms));
    BOOST_CHECK(std::chrono::steady_clock::now() - started >= 20ms);
    BOOST_TEST(!other.lock(Part::writer_turn, 0ms));
}

BOOST_AUTO_TEST_CASE(waiting_for_a_part_ends_when_it_is_given_back) {
    SideLock holder(database);
    SideLock other(database);
    BOOST_TEST(holder.try_lock(Part::writer_turn));
    std::thread giver([&] { holder.unlock(Part::writer_turn); });
    BOOST_TEST(other.lock(Part::writer_turn, 60s));
    giver.join();
}

BOOST_AUTO_TEST_CASE(another_process_is_kept_out) {
    SideLock lock(database);
    BOOST_TEST(lock.try_lock(Part::daemon));
    const Child late([this] { return SideLock(database).try_lock(Part::daemon); });
    BOOST_TEST(!late.succeeded());
    const Child looking([this] { return SideLock(database).held_elsewhere(Part::daemon); });
    BOOST_TEST(looking.succeeded());
}

BOOST_AUTO_TEST_CASE(a_lock_ends_with_its_process_however_that_ends) {
    std::unique_ptr<SideLock> of_child;
    Child child([&] {
        of_child = std::make_unique<SideLock>(database);
        return of_child->try_lock(Part::daemon);
    });
    BOOST_TEST(child.succeeded());
    SideLock lock(database);
    BOOST_TEST(!lock.try_lock(Part::daemon));
    child.kill();
    BOOST_TEST(lock.try_lock(Part::daemon));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::storage
