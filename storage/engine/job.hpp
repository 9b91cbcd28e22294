// A caller's function on its way to a database thread and back: queued, run, and answered on the caller's own
// thread.
#pragma once

#include "storage/values/error.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace gateway::storage {

/// A job that has not started by then is not run.
using Deadline = std::chrono::steady_clock::time_point;

/// What a caller waits for.
class Reply {
  public:
    /// The executor's context stays at work until the reply is given.
    explicit Reply(const boost::asio::any_io_executor& executor)
        : executor_(boost::asio::prefer(executor, boost::asio::execution::outstanding_work_t::tracked)) {}

    virtual ~Reply() = default;
    Reply(const Reply&) = delete;
    Reply& operator=(const Reply&) = delete;

    /// Hands the outcome to the caller. Called once, on executor().
    virtual void resume() = 0;

    [[nodiscard]] const boost::asio::any_io_executor& executor() const noexcept { return executor_; }

  private:
    boost::asio::any_io_executor executor_;
};

/// A function of a Context (Transaction or Snapshot) with its outcome.
template <class Context>
class Job : public Reply {
  public:
    Job(const boost::asio::any_io_executor& executor, Deadline deadline)
        : Reply(executor), deadline_(deadline) {}

    /// Runs the function and keeps what it returns or throws. True when its changes are to be kept: it
    /// returned, and not an error.
    virtual bool run(Context& context) noexcept = 0;

    /// The caller gets this exception, whatever the function came to.
    void fail(std::exception_ptr error) noexcept { error_ = std::move(error); }

    [[nodiscard]] const std::exception_ptr& error() const noexcept { return error_; }

    [[nodiscard]] Deadline deadline() const noexcept { return deadline_; }

  private:
    Deadline deadline_;
    std::exception_ptr error_;
};

/// A Job of one function type, answered through an Asio completion handler
/// `void(std::exception_ptr, std::optional<what the function returns>)`.
template <class Context, class Function, class Handler>
class FunctionJob final : public Job<Context> {
  public:
    using Outcome = std::invoke_result_t<Function&, Context&>;

    FunctionJob(Function function, Handler handler, Deadline deadline)
        : Job<Context>(boost::asio::get_associated_executor(handler), deadline),
          function_(std::move(function)),
          handler_(std::move(handler)) {}

    bool run(Context& context) noexcept override {
        try {
            outcome_.emplace(function_(context));
            if constexpr (requires { outcome_->has_error(); }) return !outcome_->has_error();
            return true;
        } catch (...) {
            this->fail(std::current_exception());
            return false;
        }
    }

    void resume() override {
        Handler handler = std::move(handler_);
        if (this->error()) outcome_.reset();
        std::move(handler)(this->error(), std::move(outcome_));
    }

  private:
    Function function_;
    Handler handler_;
    std::optional<Outcome> outcome_;
};

template <class Context>
using Jobs = std::vector<std::unique_ptr<Job<Context>>>;

/// A bounded queue between the callers' threads and a database thread. Thread-safe.
template <class Context>
class JobQueue {
  public:
    explicit JobQueue(std::size_t limit) : limit_(limit) {}

    /// Gives the job back, failed with Unavailable, when the queue is full or closed; otherwise nothing.
    [[nodiscard]] std::unique_ptr<Job<Context>> push(std::unique_ptr<Job<Context>> job) {
        {
            const std::lock_guard lock(mutex_);
            if (!closed_ && waiting_.size() < limit_) {
                waiting_.push_back(std::move(job));
                if (waiting_.size() == 1) arrived_.notify_one();
                return nullptr;
            }
        }
        job->fail(
            std::make_exception_ptr(Unavailable(ErrorCode::overloaded, "the queue of the database is full")));
        return job;
    }

    /// Waits for a job and takes what waits, at most `most`. Empty: the queue is closed and drained.
    Jobs<Context> take(std::size_t most) {
        std::unique_lock lock(mutex_);
        arrived_.wait(lock, [this] { return closed_ || !waiting_.empty(); });
        Jobs<Context> jobs;
        jobs.reserve(std::min(most, waiting_.size()));
        while (!waiting_.empty() && jobs.size() < most) {
            jobs.push_back(std::move(waiting_.front()));
            waiting_.pop_front();
        }
        if (!waiting_.empty()) arrived_.notify_one();
        return jobs;
    }

    /// Refuses new jobs from now on; those that wait are still taken.
    void close() {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        arrived_.notify_all();
    }

  private:
    const std::size_t limit_;
    std::mutex mutex_;
    std::condition_variable arrived_;
    std::deque<std::unique_ptr<Job<Context>>> waiting_;
    bool closed_ = false;
};

/// The failure of a job that waited past its deadline; nothing of it was done.
inline std::exception_ptr waited_too_long() {
    return std::make_exception_ptr(
        Unavailable(ErrorCode::overloaded, "the request waited too long for the database"));
}

/// Hands every job back to its caller: one post for each thread that callers live on, not one for each job.
template <class Context>
void answer(Jobs<Context> jobs) {
    struct Batch {
        boost::asio::any_io_executor executor;
        std::vector<std::unique_ptr<Reply>> replies;
    };

    std::vector<Batch> batches;
    for (auto& job : jobs) {
        auto batch = std::ranges::find(batches, job->executor(), &Batch::executor);
        if (batch == batches.end()) batch = batches.insert(batches.end(), Batch{job->executor(), {}});
        batch->replies.push_back(std::move(job));
    }
    for (auto& batch : batches) {
        auto resume_all = [replies = std::move(batch.replies)] {
            for (const auto& reply : replies)
                reply->resume();
        };
        boost::asio::post(batch.executor, std::move(resume_all));
    }
}

}  // namespace gateway::storage
