// The daemon's two doors to the database: write() and read().
#pragma once

#include "storage/engine/job.hpp"
#include "storage/engine/observer.hpp"
#include "storage/engine/progress.hpp"
#include "storage/engine/read_pool.hpp"
#include "storage/engine/session.hpp"
#include "storage/engine/transaction.hpp"
#include "storage/engine/writer.hpp"
#include "storage/values/checkpoints.hpp"
#include "storage/values/synchronous.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace gateway::storage {

struct DatabaseOptions {
    Synchronous synchronous = Synchronous::full;
    std::size_t readers = 2;
    std::size_t write_queue = 4'096;
    std::size_t background_queue = 1'024;
    std::size_t read_queue = 4'096;
    std::uint64_t checkpoint_size = 64ULL << 20U;
    Checkpoints checkpoints = Checkpoints::automatic;
    std::chrono::milliseconds busy_timeout{5'000};
    Observer* observer = nullptr;  ///< outlives the database; nobody listens without one
};

/// What an engine has opened: see open_sessions() of storage/sqlite/.
struct Sessions {
    std::unique_ptr<WriteSession> writing;
    std::vector<std::unique_ptr<Session>> reading;
    std::vector<Worker> workers;  ///< threads that the engine has besides; they live as long as `writing`
};

/// An open, migrated database. Its threads stop, after they have done what waits, when it is destroyed; the
/// callers' executors must still be there then.
class Database {
  public:
    /// `changed_by_others` as Writer has it. Throws std::system_error where a thread cannot be started.
    Database(Sessions sessions, const DatabaseOptions& options, const Clock& clock, Report report,
             AfterCommit changed_by_others = {});

    /// Runs `job`, a function of a Transaction&, and gives what it returns, after the commit is on the disk.
    /// A job that throws or returns an error leaves nothing behind. Throws what the job throws, and
    /// Unavailable where nothing was written because the queue is full, the deadline passed before the job
    /// began, or the file cannot be written now. The job runs on another thread: it owns or copies what it
    /// needs.
    template <class Function>
    auto write(Function job, Deadline deadline)
        -> boost::asio::awaitable<std::invoke_result_t<Function&, Transaction&>> {
        return submit<Transaction>(writer_.queue(), std::move(job), deadline);
    }

    /// As write(), for work that no caller waits for in a hurry. It has a queue of its own and no deadline;
    /// the writer takes one such job at a time, behind the requests that wait then. As requests wait for it,
    /// it is to be over in 10 ms: what is larger comes in parts.
    template <class Function>
    auto write_in_background(Function job)
        -> boost::asio::awaitable<std::invoke_result_t<Function&, Transaction&>> {
        return submit<Transaction>(writer_.queue(), std::move(job), Deadline::max(), JobClass::background);
    }

    /// Runs `job`, a function of a Snapshot&, and gives what it returns. As write(), but changes nothing.
    template <class Function>
    auto read(Function job, Deadline deadline)
        -> boost::asio::awaitable<std::invoke_result_t<Function&, Snapshot&>> {
        return submit<Snapshot>(readers_.queue(), std::move(job), deadline);
    }

    /// Jobs that wait.
    [[nodiscard]] std::size_t waiting(Queue queue) const;

    /// The threads, as long as the database lives.
    [[nodiscard]] std::vector<Worker> workers() const;

  private:
    template <class Context, class Function>
    static auto submit(JobQueue<Context>& queue, Function job, Deadline deadline,
                       JobClass job_class = JobClass::request)
        -> boost::asio::awaitable<std::invoke_result_t<Function&, Context&>> {
        using Outcome = std::invoke_result_t<Function&, Context&>;
        auto enqueue = [&queue, &job, deadline, job_class]<class Handler>(Handler&& handler) {
            using Pending = FunctionJob<Context, Function, std::decay_t<Handler>>;
            auto refused = queue.push(
                std::make_unique<Pending>(std::move(job), std::forward<Handler>(handler), deadline),
                job_class);
            if (!refused) return;
            Jobs<Context> unanswered;
            unanswered.push_back(std::move(refused));
            answer(std::move(unanswered));
        };
        const auto& token = boost::asio::use_awaitable;
        auto outcome = co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>,
                                                            void(std::exception_ptr, std::optional<Outcome>)>(
            enqueue, token);
        co_return *std::move(outcome);
    }

    std::vector<Worker> engine_workers_;
    Writer writer_;
    ReadPool readers_;
};

}  // namespace gateway::storage
