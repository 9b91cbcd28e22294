#include "storage/engine/read_pool.hpp"

#include "storage/sqlite/sqlite_error.hpp"

namespace gateway::storage {

namespace {

// Enough to share a snapshot and a wake-up, few enough that the other threads get their part.
constexpr std::size_t most_jobs_in_snapshot = 16;

void run_in_snapshot(Connection& connection, const Jobs<Snapshot>& jobs, const Timestamp now) {
    const auto started = std::chrono::steady_clock::now();
    for (const auto& job : jobs) {
        if (job->deadline() < started) {
            job->fail(waited_too_long());
            continue;
        }
        // After some errors (I/O, memory) SQLite has ended the snapshot by itself.
        if (!connection.in_transaction()) connection.query("BEGIN").step();
        Snapshot snapshot(connection, nullptr, now);
        if (!job->run(snapshot) && job->error()) job->fail(translate(job->error()));
    }
    if (connection.in_transaction()) connection.query("COMMIT").step();
}

}  // namespace

ReadPool::ReadPool(const ConnectionOptions& connection, const std::size_t threads, const std::size_t queue,
                   const Clock& clock)
    : clock_(clock), queue_(queue) {
    for (std::size_t i = 0; i < threads; ++i)
        connections_.push_back(std::make_unique<Connection>(connection));
    for (const auto& own : connections_)
        threads_.emplace_back([this, &own] { run(*own); });
}

ReadPool::~ReadPool() {
    queue_.close();
    for (auto& thread : threads_)
        thread.join();
}

void ReadPool::run(Connection& connection) {
    while (true) {
        auto jobs = queue_.take(most_jobs_in_snapshot);
        if (jobs.empty()) return;
        try {
            run_in_snapshot(connection, jobs, clock_());
        } catch (...) {
            const auto error = translate(std::current_exception());
            for (const auto& job : jobs)
                job->fail(error);
        }
        answer(std::move(jobs));
    }
}

}  // namespace gateway::storage
