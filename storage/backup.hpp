// Copies of the database to restore it from: made while it is in use, verified, put back.
#pragma once

#include "storage/sqlite/database_copy.hpp"
#include "storage/tables/row_counts.hpp"
#include "storage/values/timestamp.hpp"
#include "storage/values/type_id.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::storage {

/// A backup cannot be made or restored now. what() is one line that names the file and says what to do.
class BackupRefused : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// What is in a backup that is whole.
struct BackupContents {
    std::uint64_t bytes = 0;
    int migration = 0;                  ///< number of its last one
    std::optional<std::string> key_id;  ///< of the sealing key that its secrets need
    std::vector<RowCount> rows;
    /// Rows that name one that is not there, a sentence each, ten at most: as they were in the database.
    std::vector<std::string> orphans;
};

/// Reads all of a backup, be it of create_backup(), `.backup` or `VACUUM INTO`. Throws DatabaseRefused where
/// it is damaged, or none that this binary can serve or bring up to date; SQLite::Exception once `stop` is
/// requested.
BackupContents verify_backup(const std::filesystem::path& file, const std::stop_token& stop = {});

struct BackupOptions {
    /// Bytes of the -wal file, which grows meanwhile. Beyond that the backup is given up; a file that was
    /// larger to begin with may stay so.
    std::uint64_t max_log = std::numeric_limits<std::uint64_t>::max();
    OnCopyProgress progress = [](const CopyProgress&) {};
    std::stop_token stop{};  ///< gives the backup up
};

struct BackupMade {
    BackupContents contents;
    std::int64_t pages = 0;
    std::uint64_t largest_log = 0;  ///< bytes of the -wal file
    std::chrono::milliseconds took{0};
};

/// Writes the database as it stands now into `target`, a file that is not there, with nothing else in the
/// folder meanwhile but `<target>.partial`. Verified, and on disk, when this returns. `database` is one that
/// may be opened (see migration_status()). Takes as long as disk and size make it: not for an I/O thread.
/// Throws BackupRefused, DatabaseRefused, SQLite::Exception, std::runtime_error; `target` is not there then.
BackupMade create_backup(const std::filesystem::path& database, const std::filesystem::path& target,
                         const BackupOptions& options);

/// "20261128T145033Z": UTC, for names that sort by time.
std::string time_in_name(Timestamp time);

/// Reads exactly what time_in_name() writes; nothing for any other text.
std::optional<Timestamp> parse_time_in_name(std::string_view text);

struct RestoreOptions {
    std::filesystem::path database;  ///< may be gone
    std::filesystem::path key_file;
    Clock clock;
    RandomSource random;
};

struct Restored {
    BackupContents contents;
    /// The former database, with its -wal beside it where that could not be taken in; nothing where there was
    /// none.
    std::optional<std::filesystem::path> kept;
};

/// Puts a copy of the backup in the place of the database, with its owner and permissions, as a file of its
/// own mark. Killed at any moment it leaves the former database or the restored one; of a log that does not
/// belong to it a start says what to do. Throws BackupRefused (a daemon has the database, the key file holds
/// another key, no room), DatabaseRefused (see verify_backup()), KeyFileError, std::runtime_error; the
/// database is as before then.
Restored restore_backup(const std::filesystem::path& backup, const RestoreOptions& options);

}  // namespace gateway::storage
