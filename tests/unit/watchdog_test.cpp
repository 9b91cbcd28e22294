#include "server/health/watchdog.hpp"

#include "storage/sqlite/migrator.hpp"
#include "storage/sqlite/opening.hpp"
#include "storage/tables/apps.hpp"
#include "tests/support/delivery_fixture.hpp"
#include "tests/support/faulty_vfs.hpp"
#include "tests/support/test_database.hpp"
#include "tests/support/test_server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <fcntl.h>
#include <fstream>
#include <latch>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <thread>

namespace gateway::health {

namespace {

using namespace std::chrono_literals;
using test::wait_until;

constexpr Limits quick{.patience = 200ms, .interval = 5ms, .silence = 100ms};

/// A thread that runs a context, until the end of this.
class ContextThread {
  public:
    ContextThread() = default;

    ~ContextThread() {
        work_.reset();
        thread_.join();
    }

    ContextThread(const ContextThread&) = delete;
    ContextThread& operator=(const ContextThread&) = delete;

    [[nodiscard]] boost::asio::io_context& context() { return context_; }

  private:
    boost::asio::io_context context_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{context_.get_executor()};
    std::thread thread_{[this] { context_.run(); }};
};

struct Fixture {
    test::TemporaryFolder folder;
    std::filesystem::path log_path = folder.path() / "log";
    storage::FileDescriptor log_file{::open(log_path.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600)};
    Log log{{.format = LogFormat::text}, test::TestClock(), {.file = log_file.get()}};
    HealthSettings settings{.min_free = 0, .max_lag = 1s};
    Findings findings;
    std::atomic<Watchdog::Duration> lag{0s};
    std::optional<Watchdog> watchdog;

    void watch(std::vector<storage::Worker> workers, std::vector<Answering> answering = {}) {
        watchdog.emplace(Watchdog::Parts{.workers = std::move(workers),
                                         .answering = std::move(answering),
                                         .folder = folder.path(),
                                         .lag = [this] { return lag.load(); },
                                         .settings = settings,
                                         .limits = quick,
                                         .findings = findings,
                                         .log = log});
    }

    /// Waits until that part, and it alone, is in trouble, which the log says in one line.
    void expect_trouble(const std::string& part, const std::string& trouble = "no progress for ") {
        wait_until([&] { return findings.troubles().starts_with(part + ": " + trouble); }, part);
        BOOST_TEST(findings.troubles().find(';') == std::string::npos, findings.troubles());
        BOOST_TEST(lines_with("not ready") == 1);
        BOOST_TEST(lines_with("well again") == 0);
    }

    /// Waits until all is well again, which the log says in one line.
    void expect_recovery() {
        wait_until([&] { return findings.troubles().empty(); }, "recovery");
        BOOST_TEST(watchdog->threads_make_progress());
        BOOST_TEST(lines_with("not ready") == 1);
        BOOST_TEST(lines_with("well again") == 1);
    }

    int lines_with(const std::string& text) {
        log.drain();
        std::ifstream file(log_path);
        int count = 0;
        for (std::string line; std::getline(file, line);)
            count += line.find(text) != std::string::npos ? 1 : 0;
        return count;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(watchdog_test, Fixture)

BOOST_AUTO_TEST_CASE(the_writer_is_named_while_a_job_holds_it) {
    test::TestDatabase db({.busy_timeout = 10ms});
    watch(db.database().workers());
    {
        const test::Hold hold;
        db.hold_writer(hold);
        expect_trouble("writer");
        BOOST_TEST(!watchdog->threads_make_progress());
    }
    expect_recovery();
    watchdog.reset();
}

BOOST_AUTO_TEST_CASE(a_reader_is_named_while_a_job_holds_it) {
    test::TestDatabase db({.readers = 1});
    watch(db.database().workers());
    {
        const test::Hold hold;
        db.hold_reader(hold);
        expect_trouble("reader 1");
        BOOST_TEST(!watchdog->threads_make_progress());
    }
    expect_recovery();
    watchdog.reset();
}

BOOST_AUTO_TEST_CASE(the_checkpointer_is_named_while_it_is_held) {
    const test::TemporaryFolder place;
    test::FaultyVfs disk(place.path());
    const auto path = place.path() / "gateway.db";
    storage::Migrator(path, test::TestClock()).migrate();
    // It is held where it tells of a checkpoint that failed. What is written is not synced besides.
    std::latch released(1);
    const auto report = [&released](storage::Severity, const std::string& message) {
        if (message.starts_with("a checkpoint failed")) released.wait();
    };
    const storage::DatabaseOptions options{.synchronous = storage::Synchronous::normal,
                                           .checkpoint_size = 50'000};
    const storage::DatabaseFile file(path);
    ContextThread callers;
    storage::Database database(storage::open_sessions(file, options, report), options, test::TestClock(),
                               report);
    watch(database.workers());
    for (int i = 0; i < 30; ++i) {
        const auto write = [i](storage::Transaction& transaction) {
            return storage::insert_app(transaction, "app" + std::to_string(1'000 + i), "Shop");
        };
        boost::asio::co_spawn(callers.context(), database.write(write, test::no_deadline),
                              boost::asio::use_future)
            .get();
        // From the second commit on: the first one syncs the log's header.
        if (i == 0) disk.inject({.call = test::DiskCall::sync, .code = SQLITE_IOERR_FSYNC, .lasting = true});
    }
    expect_trouble("checkpointer");
    disk.clear();
    released.count_down();
    expect_recovery();
    watchdog.reset();
}

BOOST_AUTO_TEST_CASE(a_thread_is_named_while_it_does_not_get_round_to_a_question) {
    ContextThread thread;
    Pulse pulse(thread.context());
    watch({}, {{"io 1", &pulse}});
    std::latch released(1);
    boost::asio::post(thread.context(), [&released] { released.wait(); });
    expect_trouble("io 1");
    BOOST_TEST(!watchdog->threads_make_progress());
    released.count_down();
    expect_recovery();
    watchdog.reset();
}

BOOST_AUTO_TEST_CASE(that_threads_make_progress_is_known_without_the_watchdogs_own_thread) {
    ContextThread thread;
    Pulse pulse(thread.context());
    watch({}, {{"io 1", &pulse}});
    watchdog->stop();
    std::latch released(1);
    boost::asio::post(thread.context(), [&released] { released.wait(); });
    wait_until([this] { return !watchdog->threads_make_progress(); }, "the thread to be found silent");
    released.count_down();
    wait_until([this] { return watchdog->threads_make_progress(); }, "its answer");
    BOOST_TEST(lines_with("not ready") == 0);
}

BOOST_AUTO_TEST_CASE(what_waits_for_another_process_is_not_stuck_as_long_as_it_may_wait) {
    test::TestDatabase db({.busy_timeout = 60s});
    test::WriteLock other(db.file().path());
    watch(db.database().workers());
    auto written = db.start_write([](storage::Transaction&) { return true; });
    const auto busy_since = [&db] {
        for (const auto& worker : db.database().workers())
            if (worker.name == "writer") return worker.progress->busy_since();
        return std::optional<std::chrono::steady_clock::time_point>();
    };
    wait_until(
        [&] {
            const auto since = busy_since();
            return since && std::chrono::steady_clock::now() - *since > 2 * quick.patience;
        },
        "the writer to wait for longer than a thread may be stuck");
    BOOST_TEST(watchdog->threads_make_progress());
    other.release();
    written.get();
    BOOST_TEST(lines_with("not ready") == 0);
    watchdog.reset();
}

BOOST_AUTO_TEST_CASE(a_disk_that_runs_full_is_told_of_but_no_stuck_thread) {
    settings.min_free = std::numeric_limits<std::uint64_t>::max();
    watch({});
    expect_trouble("disk", "");
    BOOST_TEST(findings.troubles().find("less than health.min_free") != std::string::npos);
    BOOST_TEST(watchdog->threads_make_progress());
}

BOOST_AUTO_TEST_CASE(deliveries_that_wait_for_too_long_are_told_of) {
    watch({});
    lag = 2s;
    expect_trouble("deliveries", "one waits for 2 s");
    BOOST_TEST(watchdog->threads_make_progress());
    lag = 1s;
    expect_recovery();
}

BOOST_AUTO_TEST_CASE(what_is_switched_off_is_not_looked_at) {
    settings = {.min_free = 0, .max_lag = 0s};
    watch({});
    lag = 1h;
    wait_until([this] { return !findings.all().empty(); }, "a first look");
    BOOST_TEST(findings.troubles() == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::health
