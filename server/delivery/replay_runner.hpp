// Carries replays out, whoever began them.
#pragma once

#include "server/delivery/bell.hpp"
#include "server/delivery/feed.hpp"
#include "server/log/log.hpp"
#include "storage/engine/database.hpp"
#include "storage/tables/replays.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <map>
#include <optional>
#include <thread>

namespace gateway::delivery {

/// A thread of its own that takes the running replays in turns, a part of each at a time: it is looked up by
/// a reader, and queued in a job of the background. Where it stands is in the table, so that a restart goes
/// on; only the counting before begins anew.
class ReplayRunner {
  public:
    struct Parts {
        storage::Database& database;
        Bell& bell;  ///< rung when a replay was begun, here or by another process
        Feed& feed;
        std::chrono::milliseconds expire_after;  ///< what is queued is given up then
        Log& log;
        std::chrono::milliseconds pause{1'000};  ///< after a failure
    };

    /// All parts outlive it. Throws std::system_error where the thread cannot be started.
    explicit ReplayRunner(const Parts& parts);

    /// Waits for the part that is under way.
    ~ReplayRunner();
    ReplayRunner(const ReplayRunner&) = delete;
    ReplayRunner& operator=(const ReplayRunner&) = delete;

    /// What is queued from now on is given up then. Any thread.
    void apply(std::chrono::milliseconds expire_after);

  private:
    struct Step {
        storage::Replay replay;
        storage::ReplayPart part;
    };

    struct Count {
        std::int64_t position = 0;
        std::int64_t matched = 0;
    };

    // On the thread:
    void hear();
    boost::asio::awaitable<void> run();
    boost::asio::awaitable<bool> advance_all();
    boost::asio::awaitable<void> advance(std::int64_t number);
    boost::asio::awaitable<void> count(Step step);
    boost::asio::awaitable<void> queue(Step step);
    void note_failure(const std::exception_ptr& error);

    Parts parts_;
    boost::asio::io_context context_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    boost::asio::steady_timer rest_{context_};
    std::map<std::int64_t, Count> counts_;  // of the replays that are being counted
    bool rung_ = false;
    bool stopping_ = false;
    bool failing_ = false;  // something failed since it last rested
    bool told_ = false;     // of a failure, and nothing went well since
    std::thread thread_;
};

}  // namespace gateway::delivery
