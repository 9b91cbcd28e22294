#include "storage/command_database.hpp"

#include "storage/sqlite/file_mark.hpp"
#include "storage/sqlite/migrator.hpp"
#include "storage/sqlite/sqlite_error.hpp"

namespace gateway::storage {

namespace {

// Other subcommands hold the pen for milliseconds; one that takes longer than this is stuck.
constexpr std::chrono::seconds pen_timeout{10};

std::string sql_string(const std::string& text) {
    std::string quoted = "'";
    for (const char c : text)
        quoted.append(c == '\'' ? 2 : 1, c);
    return quoted += '\'';
}

const std::filesystem::path& current(const DatabaseFile& file, const Clock& clock) {
    require_same_database_unless_served(file);
    Migrator(file.path(), clock).require_current();
    return file.path();
}

}  // namespace

CommandDatabase::CommandDatabase(const std::filesystem::path& path, Clock clock) try
    : file_(path),
      side_lock_(current(file_, clock)),
      connection_({.path = file_.path()}),
      clock_(std::move(clock)) {
} catch (...) {
    rethrow_with_advice(path);
}

void CommandDatabase::rethrow() const {
    rethrow_with_advice(file_.path());
}

void CommandDatabase::compact() {
    const Pen pen(side_lock_);
    try {
        // The copy that SQLite makes on the way belongs on the disk of the database, not in memory.
        connection_.execute("PRAGMA temp_store = FILE");
        connection_.execute("PRAGMA temp_store_directory = " + sql_string(path().parent_path().string()));
        connection_.execute("PRAGMA auto_vacuum = INCREMENTAL");
        connection_.execute("VACUUM");
        connection_.execute("PRAGMA wal_checkpoint(TRUNCATE)");
        connection_.execute("PRAGMA temp_store_directory = ''");
    } catch (...) {
        rethrow();
    }
}

CommandDatabase::Ending::~Ending() {
    connection_.abandon();
}

CommandDatabase::Pen::Pen(SideLock& lock) : lock_(lock) {
    if (lock_.lock(SideLock::Part::writer_turn, pen_timeout)) return;
    throw Unavailable(ErrorCode::storage_unavailable,
                      "another process has been writing to the database for long");
}

}  // namespace gateway::storage
