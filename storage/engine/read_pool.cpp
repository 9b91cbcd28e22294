#include "storage/engine/read_pool.hpp"

#include "storage/values/thread_name.hpp"

namespace gateway::storage {

namespace {

void run_in_snapshot(Session& session, Job<Snapshot>& job, const Timestamp now) {
    // A snapshot that could not be ended would hide every later commit from the jobs to come.
    session.roll_back();
    session.begin_snapshot();
    Snapshot snapshot(session, nullptr, now);
    if (!job.run(snapshot) && job.error()) job.fail(session.translate(job.error()));
    // After some errors (I/O, memory) the engine has ended the snapshot by itself.
    if (session.in_transaction()) session.commit();
}

}  // namespace

ReadPool::Threads::~Threads() {
    queue_.close();
    for (auto& thread : threads_)
        thread.join();
}

ReadPool::ReadPool(std::vector<std::unique_ptr<Session>> sessions, const std::size_t queue,
                   const Clock& clock, Observer* const observer)
    : clock_(clock),
      observer_(observer),
      queue_(queue),
      sessions_(std::move(sessions)),
      progress_(sessions_.size()),
      threads_(queue_) {
    for (std::size_t i = 0; i < sessions_.size(); ++i)
        threads_.start([this, i] { run(*sessions_[i], progress_[i]); });
}

void ReadPool::run(Session& session, Progress& progress) {
    name_this_thread("reader");
    while (true) {
        auto jobs = queue_.take(1);
        if (jobs.empty()) return;
        progress.begin();
        run_job(session, *jobs.front());
        answer(std::move(jobs));
        progress.end();
    }
}

void ReadPool::run_job(Session& session, Job<Snapshot>& job) {
    const auto now = std::chrono::steady_clock::now();
    if (observer_) observer_->job_waited(Queue::reads, now - job.arrived());
    try {
        if (job.deadline() < now) {
            job.fail(waited_too_long());
        } else {
            run_in_snapshot(session, job, clock_());
        }
    } catch (...) {
        job.fail(session.translate(std::current_exception()));
    }
}

}  // namespace gateway::storage
