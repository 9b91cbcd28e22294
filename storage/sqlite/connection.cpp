#include "storage/sqlite/connection.hpp"

#include "storage/sqlite/sqlite_error.hpp"

#include <SQLiteCpp/Database.h>
#include <sqlite3.h>

#include <stdexcept>

namespace gateway::storage {

namespace {

constexpr int open_flags(const ConnectionOptions& options) {
    // One thread uses a connection at a time, so SQLite's own mutexes would only cost.
    return SQLite::OPEN_NOMUTEX | (options.immutable ? SQLite::OPEN_URI : 0) |
           (options.read_only ? SQLite::OPEN_READONLY : SQLite::OPEN_READWRITE);
}

/// What SQLite opens: the path, or a URI that says more.
std::string name_for_sqlite(const ConnectionOptions& options) {
    if (!options.immutable) return options.path.string();
    constexpr std::string_view hexadecimal = "0123456789ABCDEF";
    std::string uri = "file://";
    for (const char c : std::filesystem::absolute(options.path).string()) {
        const auto byte = static_cast<unsigned char>(c);
        if (c != '%' && c != '?' && c != '#')
            uri += c;
        else
            uri.append({'%', hexadecimal[byte >> 4U], hexadecimal[byte & 0xFU]});
    }
    return uri + "?immutable=1";
}

void forbid_double_quoted_strings(sqlite3* const handle) {
    // Without this a misspelt column name in double quotes is silently a string.
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
}

}  // namespace

void prepare_sqlite() noexcept {
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

Connection::Connection(const ConnectionOptions& options)
    : database_(std::make_unique<SQLite::Database>(name_for_sqlite(options), open_flags(options),
                                                   static_cast<int>(options.busy_timeout.count()))) {
    forbid_double_quoted_strings(handle());
    if (!options.read_only) {
        // Before the first page is written; a file that has one takes this in its next VACUUM only.
        if (integer("PRAGMA page_count") == 0) execute("PRAGMA auto_vacuum = INCREMENTAL");
        execute("PRAGMA journal_mode = WAL");
    }
    execute(options.synchronous == Synchronous::full ? "PRAGMA synchronous = FULL"
                                                     : "PRAGMA synchronous = NORMAL");
    // No memory map: a file that is cut while it is open would end the process (SIGBUS).
    execute(
        "PRAGMA foreign_keys = ON; PRAGMA wal_autocheckpoint = 0; PRAGMA temp_store = MEMORY;"
        "PRAGMA cache_size = -16384; PRAGMA mmap_size = 0;");

    if (integer("PRAGMA foreign_keys") != 1) {
        throw std::runtime_error("this SQLite library does not enforce foreign keys");
    }
    if (!options.immutable && database_->execAndGet("PRAGMA journal_mode").getString() != "wal") {
        throw std::runtime_error(options.path.string() +
                                 " cannot use a write-ahead log (is it on a network drive?)");
    }
}

Connection::~Connection() = default;

Statement& Connection::statement(const Sql sql) {
    const auto found = statements_.find(sql.text);
    if (found != statements_.end()) return found->second;
    return statements_.try_emplace(sql.text, handle(), sql).first->second;
}

int Connection::changes() const {
    return database_->getChanges();
}

void Connection::begin_snapshot() {
    query("BEGIN").step();
}

void Connection::commit() {
    query("COMMIT").step();
}

void Connection::roll_back() {
    if (in_transaction()) query("ROLLBACK").step();
}

bool Connection::in_transaction() const noexcept {
    return sqlite3_get_autocommit(handle()) == 0;
}

std::exception_ptr Connection::translate(const std::exception_ptr& error) const {
    return storage::translate(error);
}

void Connection::abandon() noexcept {
    if (in_transaction()) sqlite3_exec(handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Connection::stop_with(const std::stop_token& stop) noexcept {
    constexpr int instructions = 10'000;  // a millisecond at most
    const auto is_requested = [](void* const token) {
        return static_cast<int>(static_cast<const std::stop_token*>(token)->stop_requested());
    };
    sqlite3_progress_handler(
        handle(), instructions, is_requested,
        const_cast<std::stop_token*>(&stop));  // NOLINT(*-const-cast): SQLite's interface
}

void Connection::leave_log() noexcept {
    sqlite3_db_config(handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

void Connection::execute(const char* const sql) {
    database_->exec(sql);
}

std::int64_t Connection::integer(const char* const sql) {
    return database_->execAndGet(sql).getInt64();
}

sqlite3* Connection::handle() const noexcept {
    return database_->getHandle();
}

}  // namespace gateway::storage
