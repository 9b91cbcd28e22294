#include "storage/sqlite/backup_file.hpp"

#include "storage/sqlite/database_file.hpp"
#include "storage/values/timestamp.hpp"

#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

#include <algorithm>
#include <system_error>
#include <utility>

namespace gateway::storage {

namespace {

namespace fs = std::filesystem;

std::size_t log_size(const fs::path& file) {
    std::error_code error;
    const auto size = fs::file_size(file.string() + "-wal", error);
    return error ? 0 : size;
}

/// The file's path, once SQLite may open it.
fs::path required(const fs::path& path) {
    std::error_code error;
    if (!fs::exists(path, error)) throw DatabaseRefused(path.string() + ": there is no such file");
    const DatabaseFile file(path);
    if (!file.header()) file.refuse("it is not a database");
    if (log_size(file.path()) > 0) {
        file.refuse(
            "a log (-wal) stands beside it: it is a database that is in use, or was left by a crash, and no "
            "backup");
    }
    return file.path();
}

std::vector<MigrationStatus> applied_in(Connection& connection, const fs::path& path) {
    auto migrations = Migrator(path, system_now).status_of(connection);
    std::erase_if(migrations, [](const MigrationStatus& migration) { return !migration.applied_at; });
    return migrations;
}

}  // namespace

BackupFile::BackupFile(const fs::path& path, std::stop_token stop) try
    : path_(required(path)),
      stop_(std::move(stop)),
      connection_({.path = path_, .read_only = true, .immutable = true}),
      migrations_(applied_in(connection_, path_)) {
    connection_.stop_with(stop_);
    // Rows that are written past the rules of their tables are served all the same.
    connection_.execute("PRAGMA cache_size = -1024; PRAGMA ignore_check_constraints = ON");
    if (migrations_.empty()) refuse("it holds nothing");
} catch (const SQLite::Exception& failure) {
    throw DatabaseRefused(path.string() + ": it cannot be read: " + failure.what());
}

void BackupFile::require_whole() {
    try {
        Query fault = connection_.query("PRAGMA integrity_check(1)");
        if (fault.step() && fault.text(0) != "ok") refuse("it is damaged: " + std::string(fault.text(0)));
    } catch (const SQLite::Exception& failure) {
        if (failure.getErrorCode() != SQLITE_CORRUPT) throw;
        refuse(std::string("it is damaged: ") + failure.what());
    }
}

std::vector<std::string> BackupFile::orphans() {
    Query row = connection_.query("SELECT \"table\", rowid, parent FROM pragma_foreign_key_check LIMIT 10");
    std::vector<std::string> orphans;
    while (row.step()) {
        orphans.push_back("row " + (row.is_null(1) ? "" : std::to_string(row.integer(1)) + " ") + "of " +
                          std::string(row.text(0)) + " names a row of " + std::string(row.text(2)) +
                          " that is not there");
    }
    return orphans;
}

void BackupFile::refuse(const std::string& reason) const {
    throw DatabaseRefused(path_.string() + ": " + reason);
}

}  // namespace gateway::storage
