// The threads that read: each has a session of its own and sees the last commit at the time it begins.
#pragma once

#include "storage/engine/job.hpp"
#include "storage/engine/observer.hpp"
#include "storage/engine/progress.hpp"
#include "storage/engine/session.hpp"
#include "storage/engine/transaction.hpp"

#include <functional>
#include <memory>
#include <span>
#include <thread>
#include <vector>

namespace gateway::storage {

/// Runs reading jobs, each in a snapshot of its own, and answers each as soon as it is done. A thread takes
/// one job at a time: a slow one keeps no other waiting while another thread is idle.
class ReadPool {
  public:
    /// A thread for each session. `observer` outlives the pool; nobody listens without one. Throws
    /// std::system_error where a thread cannot be started.
    ReadPool(std::vector<std::unique_ptr<Session>> sessions, std::size_t queue, const Clock& clock,
             Observer* observer = nullptr);

    /// Answers what waits, then stops.
    ~ReadPool() = default;
    ReadPool(const ReadPool&) = delete;
    ReadPool& operator=(const ReadPool&) = delete;

    [[nodiscard]] JobQueue<Snapshot>& queue() noexcept { return queue_; }

    [[nodiscard]] const JobQueue<Snapshot>& queue() const noexcept { return queue_; }

    /// Of each thread.
    [[nodiscard]] std::span<const Progress> progress() const noexcept { return progress_; }

  private:
    /// Those that have started, also where the next one could not be: they end with this object.
    class Threads {
      public:
        explicit Threads(JobQueue<Snapshot>& queue) : queue_(queue) {}

        ~Threads();
        Threads(const Threads&) = delete;
        Threads& operator=(const Threads&) = delete;

        void start(std::function<void()> run) { threads_.emplace_back(std::move(run)); }

      private:
        JobQueue<Snapshot>& queue_;
        std::vector<std::thread> threads_;
    };

    void run(Session& session, Progress& progress);
    void run_job(Session& session, Job<Snapshot>& job);

    Clock clock_;
    Observer* const observer_;
    JobQueue<Snapshot> queue_;
    std::vector<std::unique_ptr<Session>> sessions_;
    std::vector<Progress> progress_;
    Threads threads_;  // last: they use the others
};

}  // namespace gateway::storage
