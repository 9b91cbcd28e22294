// A database in this process on a disk that fails.
#pragma once

#include "server/api/webhooks.hpp"
#include "storage/engine/database.hpp"
#include "tests/support/event_load.hpp"
#include "tests/support/faulty_vfs.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/test_database.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <future>
#include <latch>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace gateway::test {

inline constexpr std::string_view faulty_app = "54e9ujn";
inline constexpr std::size_t faulty_webhooks = 8;

/// The id of one of the webhooks of seeded_database().
std::string faulty_webhook(std::size_t index);

/// A migrated database file with an app and its webhooks, none of which has an event. Made once.
const std::string& seeded_database();

/// The call of the disk that fails after the `nth` did. By day, of those after the first eight every fourth;
/// with GATEWAY_FAULT_SEEDS, as at night, each.
std::uint64_t next_call(std::uint64_t nth);

/// Calls `check(seed)` for each seed of this run and tells which one failed: GATEWAY_FAULT_SEED alone, or
/// GATEWAY_FAULT_SEEDS of them.
template <class Check>
void for_each_seed(const std::uint64_t otherwise, Check check) {
    const auto only = number_from_environment("GATEWAY_FAULT_SEED", 0);
    const auto count = number_from_environment("GATEWAY_FAULT_SEEDS", otherwise);
    const auto first = only == 0 ? 1 : only;
    const auto last = only == 0 ? count : only;
    for (auto seed = first; seed <= last; ++seed) {
        BOOST_TEST_CONTEXT("GATEWAY_FAULT_SEED=" << seed) {
            try {
                check(seed);
            } catch (const std::exception& failure) {
                BOOST_ERROR(failure.what());  // the file is not whole, for one; on to the next seed
            }
        }
    }
}

/// Integrity check, then the events of each webhook, by an SQLite that is alone with the machine's own disk.
/// Throws std::runtime_error when the file is not whole.
std::vector<std::vector<EventType>> events_in(const std::filesystem::path& database);

/// addWebhookEvent, as its handler has it run.
inline auto adding(std::size_t webhook, EventType event) {
    return [id = faulty_webhook(webhook), event](storage::Transaction& transaction) {
        return api::add_webhook_event(transaction, {std::string(faulty_app), id, event});
    };
}

/// A folder on a disk of its own, a Database in it while it is open, and a thread on which its callers live.
class FaultyMachine {
  public:
    TestClock clock;
    TestReports reports;

    /// The folder is empty.
    explicit FaultyMachine(std::uint64_t seed = 0);

    ~FaultyMachine();
    FaultyMachine(const FaultyMachine&) = delete;
    FaultyMachine& operator=(const FaultyMachine&) = delete;

    [[nodiscard]] FaultyVfs& disk() noexcept { return disk_; }

    [[nodiscard]] const std::filesystem::path& folder() const noexcept { return folder_.path(); }

    [[nodiscard]] std::filesystem::path path() const { return folder() / "gateway.db"; }

    /// Puts seeded_database() there.
    void seed() const;

    /// Puts the files of an image there.
    void load(const std::filesystem::path& image) const;

    /// Throws what Database's constructor throws.
    void open(storage::DatabaseOptions options = {});

    void close() { database_.reset(); }

    /// What runs on the thread of the callers.
    template <class T>
    auto start(boost::asio::awaitable<T> call) {
        return boost::asio::co_spawn(context_, std::move(call), boost::asio::use_future);
    }

    [[nodiscard]] storage::Database& database() noexcept { return *database_; }

    /// Starts one write.
    template <class Function>
    auto start(Function job) {
        return boost::asio::co_spawn(context_, database_->write(std::move(job), no_deadline),
                                     boost::asio::use_future);
    }

    /// Starts one read.
    template <class Function>
    auto start_read(Function job) {
        return boost::asio::co_spawn(context_, database_->read(std::move(job), no_deadline),
                                     boost::asio::use_future);
    }

    /// Keeps the writer busy while `start_all` starts writes, so that they become one group. Not so where the
    /// writer fails to begin.
    template <class Function>
    void in_one_group(Function&& start_all) {
        Hold hold;
        auto held = hold_writer(hold);
        std::forward<Function>(start_all)();
        settle();
        hold.release();
        held.wait();
    }

  private:
    [[nodiscard]] std::future<void> hold_writer(const Hold& hold);

    /// Returns when everything that was started before has come to its first wait.
    void settle();

    TemporaryFolder folder_;
    FaultyVfs disk_;
    boost::asio::io_context context_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    std::optional<storage::DatabaseFile> file_;
    std::optional<storage::Database> database_;
    std::thread thread_;
};

}  // namespace gateway::test
