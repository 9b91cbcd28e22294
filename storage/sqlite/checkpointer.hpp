// Moves committed pages from the write-ahead log into the database file, beside the writer instead of in its
// way.
#pragma once

#include "storage/engine/progress.hpp"
#include "storage/engine/report.hpp"
#include "storage/sqlite/connection.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

namespace gateway::storage {

/// A thread with a connection of its own that does the bulk of each checkpoint. It only ever runs PASSIVE
/// checkpoints: FULL and RESTART would hold the write lock throughout. The writer finishes what is left, a
/// few hundred pages, when take_finished() says so, whereupon the log starts over from its beginning.
class Checkpointer {
  public:
    Checkpointer(const ConnectionOptions& options, Report report);
    ~Checkpointer();
    Checkpointer(const Checkpointer&) = delete;
    Checkpointer& operator=(const Checkpointer&) = delete;

    /// Asks for a checkpoint; does nothing while one is under way or waits to be finished. Any thread.
    void request();

    /// Once after each checkpoint that came to its end, the time that it took. Any thread.
    std::optional<std::chrono::steady_clock::duration> take_finished() noexcept;

    [[nodiscard]] const Progress& progress() const noexcept { return progress_; }

  private:
    enum class State { idle, requested, finished };

    void run();
    void move_bulk();

    Connection connection_;
    Report report_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::atomic<State> state_ = State::idle;
    std::chrono::steady_clock::duration took_{};  ///< the last one; read while the state is `finished`
    Progress progress_;
    bool stopping_ = false;
    std::thread thread_;
};

/// Puts on the disk what was written into the database file, its log excepted. Throws SQLite::Exception.
void sync_database_file(sqlite3* connection);

/// Runs one PASSIVE checkpoint. True when the whole log is in the database file: the next write starts the
/// log over. False when a reader still needs some of it, or another process is at a checkpoint of its own.
/// Throws SQLite::Exception.
bool checkpoint_passively(const Connection& connection);

}  // namespace gateway::storage
