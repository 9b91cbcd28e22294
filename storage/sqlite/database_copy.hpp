// A copy of a database that is in use.
#pragma once

#include "storage/sqlite/connection.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>

namespace gateway::storage {

/// How far a copy is.
struct CopyProgress {
    std::int64_t pages = 0;  ///< that are copied
    std::int64_t all_pages = 0;
    std::uint64_t log_size = 0;  ///< bytes of the source's -wal file, which grows meanwhile
};

/// Called after each step, on the thread that copies. What it throws ends the copying.
using OnCopyProgress = std::function<void(const CopyProgress&)>;

/// Copies the database as it stands when this is made, while others go on writing it: all of it is read in
/// one transaction, as a copy in several would begin anew with each commit of others. Readers keep no writer
/// waiting, but while this lives the log cannot start over. Used by one thread. Throws SQLite::Exception.
class DatabaseCopy {
  public:
    /// `database` is one of ours. A request to stop ends the statements of source() and write().
    DatabaseCopy(const std::filesystem::path& database, std::stop_token stop);

    /// The state that is copied.
    [[nodiscard]] Session& source() noexcept { return source_; }

    /// Bytes of the copy.
    [[nodiscard]] std::uint64_t size();

    /// Writes the copy into `target`, an empty file; on disk when this returns. Takes it in steps of a MiB
    /// with pauses in between, so that neither disk nor processor is taken from the others for long.
    void write(const std::filesystem::path& target, const OnCopyProgress& progress);

  private:
    std::stop_token stop_;
    std::filesystem::path log_;
    Connection source_;
};

}  // namespace gateway::storage
