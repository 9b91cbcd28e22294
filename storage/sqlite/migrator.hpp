// Brings a database file to the schema that this binary knows, and refuses files that it must not touch.
#pragma once

#include "migrations/migrations.hpp"
#include "storage/sqlite/connection.hpp"
#include "storage/sqlite/database_file.hpp"
#include "storage/values/timestamp.hpp"

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace gateway::storage {

struct MigrationStatus {
    int number;
    std::string name;
    std::optional<Timestamp> applied_at;  ///< nothing: still to be applied
};

/// `PRAGMA application_id` of every file of ours: the bytes "SGW1".
inline constexpr std::int64_t application_id = 0x53475731;

/// Applies numbered migrations to one file, each in a transaction of its own that also records its checksum
/// and moves `PRAGMA user_version`. Foreign keys are not enforced meanwhile, so that a table may be rebuilt
/// (new one, copy, drop, rename), but looked at before the commit.
class Migrator {
  public:
    /// `migrations` in the order of their numbers; only tests give others than embedded_migrations().
    explicit Migrator(const std::filesystem::path& database, Clock clock,
                      std::span<const Migration> migrations = embedded_migrations());

    /// Creates the file (0600) if need be and applies what is missing; gives the migrations that were applied
    /// now. A migration that finds rows which it cannot take over, or leaves some without the row that they
    /// refer to, is refused with their names. The caller holds SideLock::Part::daemon. Throws
    /// DatabaseRefused, SQLite::Exception, std::runtime_error.
    std::vector<MigrationStatus> migrate();

    /// Every migration and whether it was applied. Throws DatabaseRefused when the file is not there or
    /// foreign.
    [[nodiscard]] std::vector<MigrationStatus> status() const;

    /// As status(), of the file that `connection` has open; a file that names no program is refused too.
    [[nodiscard]] std::vector<MigrationStatus> status_of(Connection& connection) const;

    /// Throws DatabaseRefused unless the file is there and has every migration and no other.
    void require_current() const;

  private:
    struct Applied {
        int number;
        std::string sha256;
        Timestamp at;
    };

    void create_file() const;
    [[nodiscard]] Connection open() const;
    void require_ours_or_empty() const;
    /// Whether a dump of ours was read in: a dump lacks what stands in the header.
    [[nodiscard]] bool is_restored(SQLite::Database& file) const;
    static void name_restored(Connection& connection, int last);
    [[nodiscard]] std::vector<Applied> examine(Connection& connection) const;
    [[nodiscard]] std::vector<MigrationStatus> rows_of(const std::vector<Applied>& applied) const;
    void require_history(const std::vector<Applied>& applied) const;
    void apply(Connection& connection, const Migration& migration) const;
    /// Refuses where the query names rows that stand in the way, a line for each.
    void require_nothing(Query named, const Migration& migration) const;
    [[noreturn]] void refuse(const std::string& reason) const;

    std::filesystem::path database_;  ///< absolute
    Clock clock_;
    std::span<const Migration> migrations_;
};

}  // namespace gateway::storage
