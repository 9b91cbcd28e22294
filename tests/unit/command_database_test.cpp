#include "storage/command_database.hpp"

#include "storage/sqlite/migrator.hpp"
#include "storage/tables/apps.hpp"
#include "tests/support/test_database.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <future>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace gateway::storage {

namespace {

using namespace std::chrono_literals;

bool add_app(Transaction& transaction) {
    return insert_app(transaction, "54e9ujn", "Shop");
}

std::size_t count_apps(Snapshot& snapshot) {
    return list_apps(snapshot).size();
}

/// Whether a refusal names the absolute path of the file and holds `text`.
auto refusal(const std::filesystem::path& path, const std::string& text) {
    return [path, text](const DatabaseRefused& error) {
        const std::string message = error.what();
        return message.starts_with(path.string() + ": ") && message.find(text) != std::string::npos;
    };
}

/// Callers that write without a pause, more than one group holds, so that the writer goes from commit to
/// commit.
class Load {
  public:
    explicit Load(test::TestDatabase& db) : db_(db) {
        constexpr int callers = 600;
        for (int i = 0; i < callers; ++i)
            running_.push_back(db.start(keep_writing()));
    }

    ~Load() {
        stop_ = true;
        for (const auto& caller : running_)
            caller.wait();
    }

    Load(const Load&) = delete;
    Load& operator=(const Load&) = delete;

    void wait_for_writes(const int count) const {
        const int goal = written_ + count;
        for (int now = written_; now < goal; now = written_)
            written_.wait(now);
    }

  private:
    boost::asio::awaitable<void> keep_writing() {
        const auto touch = [](Transaction& transaction) {
            return transaction.execute(
                "UPDATE apps SET sessions_enabled = NOT sessions_enabled WHERE id = 'busy777'");
        };
        while (!stop_) {
            co_await db_.database().write(touch, test::no_deadline);
            ++written_;
            written_.notify_all();
        }
    }

    test::TestDatabase& db_;
    std::atomic<bool> stop_ = false;
    std::atomic<int> written_ = 0;
    std::vector<std::future<void>> running_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(command_database_test)

BOOST_AUTO_TEST_CASE(a_missing_file_is_refused_by_its_absolute_path_and_nothing_is_made) {
    const test::TemporaryFolder folder;
    const auto path = folder.path() / "gateway.db";
    const auto relative = std::filesystem::relative(path);
    BOOST_CHECK(relative.is_relative());
    BOOST_CHECK_EXCEPTION(CommandDatabase(path, system_now), DatabaseRefused, refusal(path, "no such file"));
    const auto names_no_relative_path = [](const DatabaseRefused& error) { return error.what()[0] == '/'; };
    BOOST_CHECK_EXCEPTION(CommandDatabase(relative, system_now), DatabaseRefused, names_no_relative_path);
    BOOST_TEST(std::filesystem::is_empty(folder.path()));
}

BOOST_AUTO_TEST_CASE(an_older_file_is_refused) {
    const test::TemporaryFolder folder;
    const auto path = folder.path() / "gateway.db";
    Migrator(path, system_now, std::span<const Migration>()).migrate();
    BOOST_CHECK_EXCEPTION(CommandDatabase(path, system_now), DatabaseRefused, refusal(path, "older"));
}

BOOST_AUTO_TEST_CASE(a_database_of_another_program_is_refused) {
    const test::TemporaryFolder folder;
    const auto path = folder.path() / "gateway.db";
    SQLite::Database(path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE)
        .exec("CREATE TABLE recipes (a)");
    BOOST_CHECK_EXCEPTION(CommandDatabase(path, system_now), DatabaseRefused,
                          refusal(path, "another program"));
}

BOOST_AUTO_TEST_CASE(a_write_is_in_the_file_when_it_returns) {
    const test::TestFile file;
    CommandDatabase command(file.path(), system_now);
    BOOST_TEST(command.write(add_app));
    BOOST_TEST(file.ask("SELECT id FROM apps") == "54e9ujn");
    BOOST_TEST(command.read(count_apps) == 1U);
}

BOOST_AUTO_TEST_CASE(a_write_that_throws_or_returns_an_error_leaves_nothing_and_the_next_one_works) {
    const test::TestFile file;
    CommandDatabase command(file.path(), system_now);
    const auto throwing = [](Transaction& transaction) -> bool {
        add_app(transaction);
        throw std::domain_error("changed my mind");
    };
    const auto refusing = [](Transaction& transaction) -> Result<bool> {
        add_app(transaction);
        return ApiError{.code = ErrorCode::app_not_found, .message = "no such app"};
    };
    BOOST_CHECK_THROW(command.write(throwing), std::domain_error);
    BOOST_CHECK(command.write(refusing).error().code == ErrorCode::app_not_found);
    BOOST_TEST(command.read(count_apps) == 0U);
    BOOST_TEST(command.write(add_app));
}

BOOST_AUTO_TEST_CASE(a_read_sees_one_state_of_the_file_from_its_first_look_on) {
    const test::TestFile file;
    CommandDatabase command(file.path(), system_now);
    const auto look_twice = [&file](Snapshot& snapshot) {
        const auto before = count_apps(snapshot);
        file.ask(
            "INSERT INTO apps (id, name, created_at, updated_at) VALUES ('54e9ujn', '', "
            "'2025-03-15T12:00:00.000Z', '2025-03-15T12:00:00.000Z')");
        return std::pair(before, snapshot.query("SELECT id FROM apps").step());
    };
    const auto [before, changed] = command.read(look_twice);
    BOOST_TEST(before == 0U);
    BOOST_TEST(!changed);
    BOOST_TEST(file.ask("SELECT id FROM apps") == "54e9ujn");
}

BOOST_AUTO_TEST_CASE(the_pen_is_held_during_a_write_and_given_back_however_it_ends) {
    const test::TestFile file;
    CommandDatabase command(file.path(), system_now);
    const SideLock other(file.path());
    const auto pen_is_held = [&other](Snapshot&) {
        return other.held_elsewhere(SideLock::Part::writer_turn);
    };
    const auto throwing = [](Transaction&) -> bool { throw std::domain_error("changed my mind"); };
    BOOST_TEST(command.write(pen_is_held));
    BOOST_TEST(!command.read(pen_is_held));
    BOOST_CHECK_THROW(command.write(throwing), std::domain_error);
    BOOST_TEST(!other.held_elsewhere(SideLock::Part::writer_turn));
}

BOOST_AUTO_TEST_CASE(a_read_does_not_ask_for_the_pen) {
    const test::TestFile file;
    CommandDatabase command(file.path(), system_now);
    SideLock other(file.path());
    BOOST_TEST(other.try_lock(SideLock::Part::writer_turn));
    BOOST_TEST(command.read(count_apps) == 0U);
}

BOOST_AUTO_TEST_CASE(a_running_daemon_sees_what_was_written_from_its_next_job_on) {
    test::TestDatabase db;
    CommandDatabase command(db.file().path(), db.clock);
    const auto enabled = [](Snapshot& snapshot) { return find_app(snapshot, "54e9ujn")->sessions_enabled; };
    const auto disable = [](Transaction& transaction) {
        return set_sessions_enabled(transaction, "54e9ujn", false);
    };
    BOOST_TEST(command.write(add_app));
    BOOST_TEST(db.write(enabled));
    BOOST_TEST(command.write(disable));
    BOOST_TEST(!db.write(enabled));
    BOOST_TEST(!db.read(enabled));
}

BOOST_AUTO_TEST_CASE(a_writer_that_commits_without_a_pause_does_not_keep_a_command_from_writing) {
    test::TestDatabase db;
    db.write([](Transaction& transaction) { return insert_app(transaction, "busy777", ""); });
    CommandDatabase command(db.file().path(), db.clock);
    const Load load(db);
    std::chrono::steady_clock::duration waited{0};
    for (int number = 10; number < 30; ++number) {
        load.wait_for_writes(1'000);
        const std::string id = "comma" + std::to_string(number);
        const auto started = std::chrono::steady_clock::now();
        BOOST_TEST(command.write([&](Transaction& transaction) { return insert_app(transaction, id, ""); }));
        waited += std::chrono::steady_clock::now() - started;
    }
    // A few milliseconds each; by chance alone, without the pen, hundreds.
    BOOST_CHECK(waited < 20 * 100ms);
    BOOST_TEST(db.ask("SELECT count(*) FROM apps WHERE id GLOB 'comma*'") == "20");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::storage
