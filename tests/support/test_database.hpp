// Databases for tests, in layers: a migrated file, its tables without any thread, a whole Database.
#pragma once

#include "storage/command_database.hpp"
#include "storage/engine/database.hpp"
#include "storage/sqlite/database_file.hpp"
#include "tests/support/temporary_folder.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <atomic>
#include <filesystem>
#include <future>
#include <latch>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace gateway::test {

/// A deadline that no test reaches.
inline constexpr storage::Deadline no_deadline = storage::Deadline::max();

/// A wall clock that stands still until it is set. Copies show the same time. Thread-safe.
class TestClock {
  public:
    /// Starts at 2025-03-15T12:00:00.000Z.
    TestClock();

    void set(Timestamp time) { *time_ = time.time_since_epoch().count(); }

    /// Backwards where `step` is negative.
    void advance(std::chrono::milliseconds step) { *time_ += step.count(); }

    [[nodiscard]] Timestamp now() const { return Timestamp{std::chrono::milliseconds{*time_}}; }

    Timestamp operator()() const { return now(); }

  private:
    std::shared_ptr<std::atomic<std::int64_t>> time_;
};

/// A database file with every migration applied, in a folder of its own.
class TestFile {
  public:
    explicit TestFile(const Clock& clock = TestClock());

    [[nodiscard]] std::filesystem::path path() const { return folder_.path() / "gateway.db"; }

    /// Runs SQL as a person with `sqlite3` does and gives the rows: a line each, columns split by "|".
    /// Throws SQLite::Exception.
    std::string ask(const std::string& sql) const;

    /// Runs SQL that the rules of the tables do not hold back.
    void tamper(const std::string& sql) const;

  private:
    TemporaryFolder folder_;
};

/// The tables of a file of its own, for the functions of a Transaction& or a Snapshot&.
class TestTables {
  public:
    TestClock clock;

    template <class Function>
    auto write(Function&& job) {
        return database_.write(std::forward<Function>(job));
    }

    template <class Function>
    auto read(Function&& job) {
        return database_.read(std::forward<Function>(job));
    }

    std::string ask(const std::string& sql) const { return file_.ask(sql); }

    void tamper(const std::string& sql) const { file_.tamper(sql); }

  private:
    TestFile file_{clock};
    storage::CommandDatabase database_{file_.path(), clock};
};

/// What the storage told the operator. Copies share it. Thread-safe.
class TestReports {
  public:
    void operator()(storage::Severity severity, const std::string& message);

    /// How many lines of this severity there are that hold `text`.
    [[nodiscard]] int count(storage::Severity severity, std::string_view text) const;

  private:
    struct Shared {
        std::mutex mutex;
        std::vector<std::pair<storage::Severity, std::string>> lines;
    };

    std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
};

/// Keeps a database thread inside a job until it is released, at the latest when it is destroyed.
class Hold {
  public:
    Hold() = default;
    ~Hold();
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

    /// A job that tells that it runs, waits for the release and returns true.
    template <class Context>
    [[nodiscard]] auto job() const {
        return [state = state_](Context&) {
            state->running.count_down();
            state->released.wait();
            return true;
        };
    }

    void wait_until_running() const { state_->running.wait(); }

    void release();

  private:
    struct State {
        std::latch running{1};
        std::latch released{1};
    };

    std::shared_ptr<State> state_ = std::make_shared<State>();
    bool is_released_ = false;
};

/// A migrated file, a Database over it, and a thread on which its callers live.
class TestDatabase {
  public:
    TestClock clock;
    TestReports reports;

    explicit TestDatabase(const storage::DatabaseOptions& options = {});
    ~TestDatabase();
    TestDatabase(const TestDatabase&) = delete;
    TestDatabase& operator=(const TestDatabase&) = delete;

    [[nodiscard]] const TestFile& file() const noexcept { return file_; }

    [[nodiscard]] storage::Database& database() noexcept { return *database_; }

    /// Destroys the Database; its callers still get their answers.
    void close() { database_.reset(); }

    /// Starts one awaitable; the future gives its value or throws its exception.
    template <class T>
    std::future<T> start(boost::asio::awaitable<T> awaitable) {
        return boost::asio::co_spawn(context_, std::move(awaitable), boost::asio::use_future);
    }

    /// Runs one awaitable to its end and gives its value or throws its exception.
    template <class T>
    T run(boost::asio::awaitable<T> awaitable) {
        return start(std::move(awaitable)).get();
    }

    template <class Function>
    auto write(Function job, storage::Deadline deadline = no_deadline) {
        return run(database_->write(std::move(job), deadline));
    }

    template <class Function>
    auto read(Function job, storage::Deadline deadline = no_deadline) {
        return run(database_->read(std::move(job), deadline));
    }

    /// As write(), but gives a future as soon as the job is in the queue (or was refused).
    template <class Function>
    auto start_write(Function job, storage::Deadline deadline = no_deadline) {
        auto reply = start(database_->write(std::move(job), deadline));
        settle();
        return reply;
    }

    /// As start_write(), for background work.
    template <class Function>
    auto start_background(Function job) {
        auto reply = start(database_->write_in_background(std::move(job)));
        settle();
        return reply;
    }

    /// As read(), but gives a future as soon as the job is in the queue (or was refused).
    template <class Function>
    auto start_read(Function job, storage::Deadline deadline = no_deadline) {
        auto reply = start(database_->read(std::move(job), deadline));
        settle();
        return reply;
    }

    /// Returns when the writer is inside the job of `hold`: what is written from then on waits in the queue
    /// and becomes one group.
    void hold_writer(const Hold& hold);

    /// Returns when a reader is inside the job of `hold`.
    void hold_reader(const Hold& hold);

    std::string ask(const std::string& sql) const { return file_.ask(sql); }

    void tamper(const std::string& sql) const { file_.tamper(sql); }

  private:
    /// Returns when everything that was started before has come to its first wait.
    void settle();

    TestFile file_;
    storage::DatabaseFile held_{file_.path()};
    boost::asio::io_context context_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    std::optional<storage::Database> database_;
    std::thread thread_;
};

}  // namespace gateway::test
