#include "storage/sqlite/connection.hpp"

#include <sqlite3.h>

#include <stdexcept>

namespace gateway::storage {

Query::Query(const Claim claim) : prepared_(claim.prepared) {
    if (prepared_.in_use) throw std::logic_error("a prepared statement was used inside its own use");
    prepared_.in_use = true;
}

Query::~Query() {
    // reset() would throw a failed step's error a second time.
    prepared_.statement.tryReset();
    prepared_.in_use = false;
}

std::string_view Query::text(const int column) const {
    const SQLite::Column value = prepared_.statement.getColumn(column);
    const char* const text = value.getText();
    return {text, static_cast<std::size_t>(value.getBytes())};
}

std::int64_t Query::integer(const int column) const {
    return prepared_.statement.getColumn(column).getInt64();
}

Blob Query::blob(const int column) const {
    const SQLite::Column value = prepared_.statement.getColumn(column);
    const void* const bytes = value.getBlob();
    return {static_cast<const std::uint8_t*>(bytes), static_cast<std::size_t>(value.getBytes())};
}

std::optional<Timestamp> Query::optional_timestamp(const int column) const {
    if (is_null(column)) return std::nullopt;
    return timestamp(column);
}

Timestamp Query::timestamp(const int column) const {
    const auto time = parse_timestamp(text(column));
    if (time) return *time;
    throw std::runtime_error("the database holds \"" + std::string(text(column)) + "\" in column " +
                             prepared_.statement.getColumnName(column) +
                             " where a time like 2025-03-15T12:00:00.000Z belongs");
}

namespace {

constexpr int open_flags(const bool read_only) {
    // One thread uses a connection at a time, so SQLite's own mutexes would only cost.
    return SQLite::OPEN_NOMUTEX | (read_only ? SQLite::OPEN_READONLY : SQLite::OPEN_READWRITE);
}

void forbid_double_quoted_strings(sqlite3* const handle) {
    // Without this a misspelt column name in double quotes is silently a string.
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
}

/// Whether a statement that can be prepared changes nothing. SQLiteCpp keeps its own handle to itself.
bool reads_only(sqlite3* const handle, const Sql sql) {
    sqlite3_stmt* statement = nullptr;
    sqlite3_prepare_v2(handle, sql.text, -1, &statement, nullptr);
    const bool reads_only = sqlite3_stmt_readonly(statement) != 0;
    sqlite3_finalize(statement);
    return reads_only;
}

}  // namespace

void prepare_sqlite() noexcept {
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

Connection::Connection(const ConnectionOptions& options)
    : database_(options.path.string(), open_flags(options.read_only),
                static_cast<int>(options.busy_timeout.count())) {
    forbid_double_quoted_strings(handle());
    if (!options.read_only) execute("PRAGMA journal_mode = WAL");
    execute(options.synchronous == Synchronous::full ? "PRAGMA synchronous = FULL"
                                                     : "PRAGMA synchronous = NORMAL");
    execute(
        "PRAGMA foreign_keys = ON; PRAGMA wal_autocheckpoint = 0; PRAGMA temp_store = MEMORY;"
        "PRAGMA cache_size = -16384; PRAGMA mmap_size = 1073741824;");

    if (integer("PRAGMA foreign_keys") != 1) {
        throw std::runtime_error("this SQLite library does not enforce foreign keys");
    }
    if (database_.execAndGet("PRAGMA journal_mode").getString() != "wal") {
        throw std::runtime_error(options.path.string() +
                                 " cannot use a write-ahead log (is it on a network drive?)");
    }
}

std::int64_t Connection::integer(const char* const sql) {
    return database_.execAndGet(sql).getInt64();
}

bool Connection::in_transaction() const noexcept {
    return sqlite3_get_autocommit(handle()) == 0;
}

Query::Prepared& Connection::prepared(const Sql sql) {
    const auto found = statements_.find(sql.text);
    if (found != statements_.end()) return found->second;
    SQLite::Statement statement(database_, sql.text);
    const bool reads = reads_only(handle(), sql);
    return statements_.emplace(sql.text, Query::Prepared{std::move(statement), reads}).first->second;
}

}  // namespace gateway::storage
