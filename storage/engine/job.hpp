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

/// Who waits for a job.
enum class JobClass {
    request,     ///< a caller with a deadline
    background,  ///< nobody in a hurry: results of deliveries, clearing away, replays
};

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

    /// For the queue, when the job comes into it.
    void note_arrival(const JobClass job_class, const std::chrono::steady_clock::time_point when) noexcept {
        class_ = job_class;
        arrived_ = when;
    }

    [[nodiscard]] JobClass job_class() const noexcept { return class_; }

    /// When it came into its queue.
    [[nodiscard]] std::chrono::steady_clock::time_point arrived() const noexcept { return arrived_; }

  private:
    Deadline deadline_;
    JobClass class_ = JobClass::request;
    std::chrono::steady_clock::time_point arrived_;
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

/// A bounded queue between the callers' threads and a database thread. Background work waits in a line of its
/// own: it takes no room from requests and stands behind them, and it waits a moment for one to go along
/// with, which saves it a commit of its own. Thread-safe.
template <class Context>
class JobQueue {
  public:
    /// Work of the background waits `wait_for_company` at most for a request.
    explicit JobQueue(std::size_t limit, std::size_t background_limit = 0,
                      std::chrono::milliseconds wait_for_company = std::chrono::milliseconds(1))
        : wait_for_company_(wait_for_company),
          requests_{.limit = limit, .jobs = {}},
          background_{.limit = background_limit, .jobs = {}} {}

    /// Gives the job back, failed with Unavailable, when its line is full or the queue closed; otherwise
    /// nothing.
    [[nodiscard]] std::unique_ptr<Job<Context>> push(std::unique_ptr<Job<Context>> job,
                                                     const JobClass job_class = JobClass::request) {
        Line& line = job_class == JobClass::request ? requests_ : background_;
        const auto now = Time::now();
        job->note_arrival(job_class, now);
        {
            const std::lock_guard lock(mutex_);
            if (!closed_ && line.jobs.size() < line.limit) {
                line.jobs.push_back(std::move(job));
                if (line.jobs.size() == 1) {
                    line.since = now;
                    arrived_.notify_one();
                }
                return nullptr;
            }
        }
        job->fail(
            std::make_exception_ptr(Unavailable(ErrorCode::overloaded, "the queue of the database is full")));
        return job;
    }

    /// Waits for a job and takes the requests that wait, at most `most`, and one job of the background behind
    /// them: however many of those wait, a request finds one or two in front of it, and however many requests
    /// come, each turn does one of those. Empty: the queue is closed and drained.
    Jobs<Context> take(std::size_t most) {
        std::unique_lock lock(mutex_);
        wait_until(lock, Time::time_point::max());
        return taken(most);
    }

    /// As take(), but nothing where no job is to be taken for as long as `patience`.
    std::optional<Jobs<Context>> take_within(std::size_t most, std::chrono::milliseconds patience) {
        std::unique_lock lock(mutex_);
        if (!wait_until(lock, Time::now() + patience)) return std::nullopt;
        return taken(most);
    }

    /// How many wait.
    [[nodiscard]] std::size_t length(const JobClass job_class) const {
        const std::lock_guard lock(mutex_);
        return (job_class == JobClass::request ? requests_ : background_).jobs.size();
    }

    /// Refuses new jobs from now on; those that wait are still taken.
    void close() {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        arrived_.notify_all();
    }

  private:
    using Time = std::chrono::steady_clock;

    struct Line {
        std::unique_ptr<Job<Context>> next() {
            auto job = std::move(jobs.front());
            jobs.pop_front();
            return job;
        }

        std::size_t limit;
        std::deque<std::unique_ptr<Job<Context>>> jobs;
        Time::time_point since = {};  // the first came after the line was empty
    };

    // Under mutex_:

    [[nodiscard]] std::size_t waiting() const { return requests_.jobs.size() + background_.jobs.size(); }

    /// When the next jobs may be taken.
    [[nodiscard]] Time::time_point due() const {
        if (closed_ || !requests_.jobs.empty()) return Time::time_point::min();
        if (background_.jobs.empty()) return Time::time_point::max();
        return background_.since + wait_for_company_;
    }

    /// Waits until then; false where `end` comes first.
    bool wait_until(std::unique_lock<std::mutex>& lock, const Time::time_point end) {
        while (true) {
            const auto now = Time::now();
            if (due() <= now) return true;
            if (end <= now) return false;
            arrived_.wait_until(lock, std::min(due(), end));
        }
    }

    Jobs<Context> taken(std::size_t most) {
        Jobs<Context> jobs;
        jobs.reserve(std::min(most, requests_.jobs.size()) + 1);
        while (!requests_.jobs.empty() && jobs.size() < most)
            jobs.push_back(requests_.next());
        if (!background_.jobs.empty()) jobs.push_back(background_.next());
        if (waiting() > 0) arrived_.notify_one();
        return jobs;
    }

    const std::chrono::milliseconds wait_for_company_;
    mutable std::mutex mutex_;
    std::condition_variable arrived_;
    Line requests_;  // the limit of either is read by all
    Line background_;
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
