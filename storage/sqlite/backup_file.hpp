// A backup: a database file that nobody uses.
#pragma once

#include "storage/sqlite/connection.hpp"
#include "storage/sqlite/migrator.hpp"

#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

namespace gateway::storage {

/// Open for reading, as it lies there: nothing is changed in it or made beside it. Used by one thread. A
/// request to stop ends its statements with SQLITE_INTERRUPT.
class BackupFile {
  public:
    /// Throws DatabaseRefused where the file is missing, no database, not ours, written by a newer binary, of
    /// another history, or has a log beside it: it is in use then, or was left by a crash.
    BackupFile(const std::filesystem::path& path, std::stop_token stop);

    [[nodiscard]] Session& session() noexcept { return connection_; }

    /// The migrations that it has; at least one.
    [[nodiscard]] const std::vector<MigrationStatus>& migrations() const noexcept { return migrations_; }

    /// Reads every page. Throws DatabaseRefused where SQLite finds it damaged.
    void require_whole();

    /// Rows whose parent is missing, a sentence for each, ten at most: `sqlite3` makes some where foreign
    /// keys are off.
    [[nodiscard]] std::vector<std::string> orphans();

  private:
    [[noreturn]] void refuse(const std::string& reason) const;

    std::filesystem::path path_;
    std::stop_token stop_;
    Connection connection_;
    std::vector<MigrationStatus> migrations_;
};

}  // namespace gateway::storage
