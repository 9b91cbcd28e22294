#include "storage/prepared_database.hpp"

#include "storage/backup.hpp"
#include "storage/sqlite/file_mark.hpp"
#include "storage/sqlite/opening.hpp"
#include "storage/sqlite/sqlite_error.hpp"
#include "storage/values/private_file.hpp"

#include <algorithm>
#include <iterator>
#include <system_error>

namespace gateway::storage {

namespace {

DatabaseFile found_or_made(const std::filesystem::path& database) {
    std::error_code error;
    if (!std::filesystem::exists(database, error)) require_never_marked(database);
    return DatabaseFile::made(database);
}

std::int64_t begin_secrets(Connection& connection, const std::filesystem::path& key_file,
                           const RandomSource& random, const Timestamp now) {
    connection.execute("BEGIN IMMEDIATE");
    Transaction transaction(connection, nullptr, now);
    const auto shut = prepare_secrets(transaction, key_file, random);
    connection.execute("COMMIT");
    return shut;
}

}  // namespace

PreparedDatabase::PreparedDatabase(const std::filesystem::path& database,
                                   const std::filesystem::path& key_file, const RandomSource& random,
                                   const Clock& clock, PreparationOptions options) try
    : options_(std::move(options)),
      file_(found_or_made(database)),
      side_lock_(file_.path()),
      applied_(migrate(clock)),
      connection_({.path = file_.path()}),
      shut_secrets_(begin_secrets(connection_, key_file, random, clock())),
      secrets_(key_file, random) {
    mark(random);
    warn_of_kept_pages();
    std::ranges::copy(exposures_of(file_.path()), std::back_inserter(warnings_));
    std::ranges::copy(exposures_of(key_file), std::back_inserter(warnings_));
} catch (...) {
    rethrow_with_advice(database);
}

PreparedDatabase::~PreparedDatabase() {
    if (options_.checkpoints == Checkpoints::external || file_.is_overwritten()) connection_.leave_log();
}

std::vector<MigrationStatus> PreparedDatabase::migrate(const Clock& clock) {
    if (!side_lock_.try_lock(SideLock::Part::daemon)) {
        file_.refuse("another session-gateway serves or migrates it; stop that one first");
    }
    if (!file_.try_lock()) {
        file_.refuse(
            "another session-gateway serves or migrates this file under another name; stop that one, and "
            "remove the hard link or mount that gives the file a second name: each name has a log of its "
            "own, and the file breaks");
    }
    prepare_sqlite();
    require_same_database(file_);
    Migrator migrator(file_.path(), clock);
    if (options_.backup_folder) back_up_before(migrator.status(), clock());
    return migrator.migrate();
}

void PreparedDatabase::back_up_before(const std::vector<MigrationStatus>& migrations, const Timestamp now) {
    const auto is_applied = [](const MigrationStatus& migration) { return migration.applied_at.has_value(); };
    const auto next = std::ranges::find_if_not(migrations, is_applied);
    const bool is_new = next == migrations.begin();
    if (is_new || next == migrations.end()) return;
    const auto folder = std::filesystem::absolute(*options_.backup_folder);
    const auto target = folder / (file_.path().filename().string() + ".before-migration-" +
                                  std::to_string(next->number) + "-" + time_in_name(now));
    try {
        make_folder_of(target);
        create_backup(file_.path(), target, {});
    } catch (const std::exception& failure) {
        file_.refuse("migration " + std::to_string(next->number) +
                     " is to be applied, and the backup before that cannot be made: " + failure.what() +
                     "; nothing was changed (backup.before_migration = false migrates without)");
    }
    backup_ = target;
}

void PreparedDatabase::mark(const RandomSource& random) {
    try {
        mark_anew(connection_, file_, side_lock_, random, options_.checkpoints);
    } catch (const std::exception& failure) {
        // A full disk, say: what is there can be read all the same.
        connection_.abandon();
        warnings_.push_back(
            file_.path().string() + " could not be marked (" + failure.what() +
            "): should a crash leave its log, a backup put in its place would not be told from it");
    }
}

void PreparedDatabase::warn_of_kept_pages() {
    constexpr std::int64_t incremental = 2;
    if (connection_.integer("PRAGMA auto_vacuum") == incremental) return;
    warnings_.push_back(
        file_.path().string() +
        " does not get smaller when rows are removed: their pages are used again and not given back to the "
        "disk; stop and run `session-gateway database compact` once to change that");
}

Sessions PreparedDatabase::open(const DatabaseOptions& options, const Report& report) const {
    return open_sessions(file_, options, report);
}

std::vector<MigrationStatus> migration_status(const std::filesystem::path& database, const Clock& clock) {
    const DatabaseFile file(database);
    require_same_database_unless_served(file);
    return Migrator(file.path(), clock).status();
}

}  // namespace gateway::storage
