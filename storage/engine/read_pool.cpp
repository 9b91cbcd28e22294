#include "storage/engine/read_pool.hpp"

#include "storage/sqlite/sqlite_error.hpp"

namespace gateway::storage {

namespace {

void run_in_snapshot(Connection& connection, Job<Snapshot>& job, const Timestamp now) {
    // A snapshot that could not be ended would hide every later commit from the jobs to come.
    if (connection.in_transaction()) connection.query("ROLLBACK").step();
    connection.query("BEGIN").step();
    Snapshot snapshot(connection, nullptr, now);
    if (!job.run(snapshot) && job.error()) job.fail(translate(job.error()));
    // After some errors (I/O, memory) SQLite has ended the snapshot by itself.
    if (connection.in_transaction()) connection.query("COMMIT").step();
}

}  // namespace

ReadPool::Threads::~Threads() {
    queue_.close();
    for (auto& thread : threads_)
        thread.join();
}

ReadPool::ReadPool(const ConnectionOptions& connection, const std::size_t threads, const std::size_t queue,
                   const Clock& clock)
    : clock_(clock), queue_(queue), threads_(queue_) {
    for (std::size_t i = 0; i < threads; ++i)
        connections_.push_back(std::make_unique<Connection>(connection));
    for (const auto& own : connections_)
        threads_.start([this, &own] { run(*own); });
}

void ReadPool::run(Connection& connection) {
    while (true) {
        auto jobs = queue_.take(1);
        if (jobs.empty()) return;
        auto& job = *jobs.front();
        try {
            if (job.deadline() < std::chrono::steady_clock::now()) {
                job.fail(waited_too_long());
            } else {
                run_in_snapshot(connection, job, clock_());
            }
        } catch (...) {
            job.fail(translate(std::current_exception()));
        }
        answer(std::move(jobs));
    }
}

}  // namespace gateway::storage
