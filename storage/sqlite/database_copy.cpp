#include "storage/sqlite/database_copy.hpp"

#include "storage/sqlite/checkpointer.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

#include <chrono>
#include <memory>
#include <system_error>
#include <thread>
#include <utility>

namespace gateway::storage {

namespace {

namespace fs = std::filesystem;

/// Each step is put on the disk before the next: a sync of much keeps the syncs of others waiting.
constexpr int pages_in_step = 64;
constexpr auto pause = std::chrono::milliseconds(2);

using Backup = std::unique_ptr<sqlite3_backup, decltype(&sqlite3_backup_finish)>;

SQLite::Database open_target(const fs::path& path) {
    SQLite::Database target(path.string(), SQLite::OPEN_READWRITE);
    // One that is not whole is thrown away, so that nothing of it need be taken back.
    target.exec("PRAGMA journal_mode = OFF; PRAGMA synchronous = FULL; PRAGMA cache_size = -1024");
    return target;
}

std::uint64_t size_of(const fs::path& log) {
    std::error_code error;
    const auto size = fs::file_size(log, error);
    return error ? 0 : size;
}

}  // namespace

DatabaseCopy::DatabaseCopy(const fs::path& database, std::stop_token stop)
    : stop_(std::move(stop)), log_(database.string() + "-wal"), source_({.path = database}) {
    source_.stop_with(stop_);
    source_.execute("PRAGMA query_only = ON; PRAGMA cache_size = -1024");
    source_.begin_snapshot();
    source_.integer("SELECT count(*) FROM sqlite_schema");  // the first read takes hold of the state
}

std::uint64_t DatabaseCopy::size() {
    return static_cast<std::uint64_t>(source_.integer("PRAGMA page_count") *
                                      source_.integer("PRAGMA page_size"));
}

void DatabaseCopy::write(const fs::path& target, const OnCopyProgress& progress) {
    const SQLite::Database copy = open_target(target);
    Backup backup(sqlite3_backup_init(copy.getHandle(), "main", source_.handle(), "main"),
                  &sqlite3_backup_finish);
    if (!backup) throw SQLite::Exception(copy.getHandle());
    int code = SQLITE_OK;
    while (code == SQLITE_OK) {
        if (stop_.stop_requested()) throw SQLite::Exception("the copying was stopped", SQLITE_INTERRUPT);
        code = sqlite3_backup_step(backup.get(), pages_in_step);
        const auto all = sqlite3_backup_pagecount(backup.get());
        progress({all - sqlite3_backup_remaining(backup.get()), all, size_of(log_)});
        sync_database_file(copy.getHandle());
        std::this_thread::sleep_for(pause);
    }
    if (code != SQLITE_DONE) throw SQLite::Exception(target.string() + ": " + sqlite3_errstr(code), code);
    const int finished = sqlite3_backup_finish(backup.release());
    if (finished != SQLITE_OK)
        throw SQLite::Exception(target.string() + ": " + sqlite3_errstr(finished), finished);
}

}  // namespace gateway::storage
