// How SQLite begins, commits and takes back what the writer does in groups.
#pragma once

#include "storage/engine/observer.hpp"
#include "storage/engine/session.hpp"
#include "storage/sqlite/connection.hpp"
#include "storage/sqlite/database_file.hpp"
#include "storage/sqlite/log_keeper.hpp"
#include "storage/sqlite/side_lock.hpp"

#include <cstdint>

namespace gateway::storage {

/// The only writing connection of the daemon. Other processes' subcommands get their turn between two groups.
class SqliteWriteSession final : public WriteSession {
  public:
    /// `options` are for connections to `file`, which outlives this. `checkpoint_size`: bytes of log at which
    /// it is checkpointed, see LogKeeper. `observer`, if there is one, outlives this. Throws
    /// SQLite::Exception, std::system_error.
    SqliteWriteSession(const DatabaseFile& file, const ConnectionOptions& options,
                       std::uint64_t checkpoint_size, Checkpoints checkpoints, const Report& report,
                       Observer* observer = nullptr);

    [[nodiscard]] Session& session() noexcept override { return connection_; }

    void require_sound() override;
    /// Throws Unavailable too.
    void begin(std::chrono::steady_clock::time_point until) override;
    bool changed_by_others() override;
    void commit() override;
    void roll_back() override;
    void after_group() noexcept override;

    /// As LogKeeper::progress().
    [[nodiscard]] const Progress* checkpointing() const noexcept { return log_.progress(); }

  private:
    void wait_for_turn(std::chrono::steady_clock::time_point until) const;
    /// A commit that failed at its last step, the sync, stands whole in the log, and a restart would find it.
    void overwrite_refused_commit();

    const DatabaseFile& file_;
    Observer* const observer_;
    SideLock side_lock_;
    Connection connection_;
    LogKeeper log_;
    std::int64_t data_version_ = 0;
    bool refused_may_stand_ = false;  ///< see overwrite_refused_commit()
};

}  // namespace gateway::storage
