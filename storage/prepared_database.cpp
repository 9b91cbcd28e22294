#include "storage/prepared_database.hpp"

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

std::vector<MigrationStatus> migrate(DatabaseFile& file, SideLock& side_lock, const Clock& clock) {
    if (!side_lock.try_lock(SideLock::Part::daemon)) {
        file.refuse("another session-gateway serves or migrates it; stop that one first");
    }
    if (!file.try_lock()) {
        file.refuse(
            "another session-gateway serves or migrates this file under another name; stop that one, and "
            "remove the hard link or mount that gives the file a second name: each name has a log of its "
            "own, and the file breaks");
    }
    prepare_sqlite();
    require_same_database(file);
    return Migrator(file.path(), clock).migrate();
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
                                   const Clock& clock) try
    : file_(found_or_made(database)),
      side_lock_(file_.path()),
      applied_(migrate(file_, side_lock_, clock)),
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
    if (file_.is_overwritten()) connection_.leave_log();
}

void PreparedDatabase::mark(const RandomSource& random) {
    try {
        mark_anew(connection_, file_, side_lock_, random);
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
