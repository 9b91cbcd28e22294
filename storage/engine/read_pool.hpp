// The threads that read: each has a connection of its own and sees the last commit at the time it begins.
#pragma once

#include "storage/engine/job.hpp"
#include "storage/engine/transaction.hpp"
#include "storage/sqlite/connection.hpp"

#include <thread>
#include <vector>

namespace gateway::storage {

/// Runs reading jobs, several in one snapshot when several wait.
class ReadPool {
  public:
    ReadPool(const ConnectionOptions& connection, std::size_t threads, std::size_t queue, const Clock& clock);

    /// Answers what waits, then stops.
    ~ReadPool();
    ReadPool(const ReadPool&) = delete;
    ReadPool& operator=(const ReadPool&) = delete;

    [[nodiscard]] JobQueue<Snapshot>& queue() noexcept { return queue_; }

  private:
    void run(Connection& connection);

    Clock clock_;
    JobQueue<Snapshot> queue_;
    std::vector<std::unique_ptr<Connection>> connections_;
    std::vector<std::thread> threads_;
};

}  // namespace gateway::storage
