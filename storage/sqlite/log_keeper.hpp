// Keeps the write-ahead log of the writing connection from growing.
#pragma once

#include "storage/engine/observer.hpp"
#include "storage/engine/report.hpp"
#include "storage/sqlite/checkpointer.hpp"
#include "storage/sqlite/connection.hpp"
#include "storage/values/checkpoints.hpp"

#include <cstdint>
#include <optional>

namespace gateway::storage {

/// Has the bulk of each checkpoint done on a thread of its own and finishes it on the writer's thread, in the
/// short time between two groups. Tells the operator of a log that cannot start over, and when it does again.
class LogKeeper {
  public:
    /// `size`: bytes of log at which it is checkpointed, or, where another program does that, at a multiple
    /// of which the operator is told. Watches the commits of `writing`, which outlives it, as `observer`
    /// does, if there is one.
    LogKeeper(Connection& writing, const ConnectionOptions& options, std::uint64_t size,
              Checkpoints checkpoints, Report report, Observer* observer = nullptr);
    ~LogKeeper() = default;
    LogKeeper(const LogKeeper&) = delete;
    LogKeeper& operator=(const LogKeeper&) = delete;

    /// After each commit.
    void look_after();

    /// Of the thread that does the bulk; nullptr where another program does.
    [[nodiscard]] const Progress* progress() const noexcept {
        return checkpointer_ ? &checkpointer_->progress() : nullptr;
    }

  private:
    void checkpoint();
    void tell_if_stuck();
    [[nodiscard]] std::uint64_t bytes_in_log() const noexcept;

    static int on_commit(void* keeper, sqlite3* handle, const char* schema, int frames_in_log);

    Connection& writing_;
    Report report_;
    Observer* const observer_;
    std::optional<Checkpointer> checkpointer_;  ///< nothing where another program does it
    const int limit_;                           ///< frames in the log
    int frames_in_log_ = 0;
    int checkpoint_at_;  ///< frames in the log at which the next checkpoint is asked for
    bool is_stuck_ = false;
};

}  // namespace gateway::storage
