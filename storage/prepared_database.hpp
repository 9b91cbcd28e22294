// What `serve` and `migrate` begin with: a database that is theirs alone, up to date, with its key file.
#pragma once

#include "storage/engine/database.hpp"
#include "storage/secrets/secrets.hpp"
#include "storage/sqlite/database_file.hpp"
#include "storage/sqlite/migrator.hpp"
#include "storage/sqlite/side_lock.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace gateway::storage {

struct PreparationOptions {
    Checkpoints checkpoints = Checkpoints::automatic;
    /// Folder for the backup that is made before migrations change a database that is there, made if need be;
    /// nothing: none is made.
    std::optional<std::filesystem::path> backup_folder{};
};

/// Keeps every other daemon away from the file, whatever name it has there, for as long as this lives.
class PreparedDatabase {
  public:
    /// Creates or migrates the database and makes the key file where there is none yet. Throws
    /// DatabaseRefused (another daemon has it, another file is in its place, the backup before a migration
    /// cannot be made, or as Migrator), KeyFileError, SQLite::Exception, std::runtime_error.
    PreparedDatabase(const std::filesystem::path& database, const std::filesystem::path& key_file,
                     const RandomSource& random, const Clock& clock, PreparationOptions options = {});
    ~PreparedDatabase();
    PreparedDatabase(const PreparedDatabase&) = delete;
    PreparedDatabase& operator=(const PreparedDatabase&) = delete;

    /// The migrations that were applied now.
    [[nodiscard]] const std::vector<MigrationStatus>& applied() const noexcept { return applied_; }

    /// The backup that was made before that.
    [[nodiscard]] const std::optional<std::filesystem::path>& backup() const noexcept { return backup_; }

    /// What an operator should know, a sentence each.
    [[nodiscard]] const std::vector<std::string>& warnings() const noexcept { return warnings_; }

    /// How many secrets in the database do not open, and have to be set again.
    [[nodiscard]] std::int64_t shut_secrets() const noexcept { return shut_secrets_; }

    [[nodiscard]] Secrets& secrets() noexcept { return secrets_; }

    [[nodiscard]] const DatabaseFile& file() const noexcept { return file_; }

    /// The sessions of a Database over it, which goes before this. Throws as open_sessions().
    [[nodiscard]] Sessions open(const DatabaseOptions& options, const Report& report) const;

  private:
    std::vector<MigrationStatus> migrate(const Clock& clock);
    void back_up_before(const std::vector<MigrationStatus>& migrations, Timestamp now);
    void mark(const RandomSource& random);
    void warn_of_kept_pages();

    PreparationOptions options_;
    DatabaseFile file_;  // before what opens it, so that it goes last
    SideLock side_lock_;
    std::optional<std::filesystem::path> backup_;
    std::vector<MigrationStatus> applied_;
    Connection connection_;  // kept, so that the log of the database outlives each other connection
    std::int64_t shut_secrets_;
    Secrets secrets_;
    std::vector<std::string> warnings_;
};

/// Every migration of an existing database and whether it was applied. Throws DatabaseRefused.
std::vector<MigrationStatus> migration_status(const std::filesystem::path& database, const Clock& clock);

}  // namespace gateway::storage
