// One connection to the database file and its prepared statements.
#pragma once

#include "storage/engine/session.hpp"
#include "storage/sqlite/prepared_statement.hpp"
#include "storage/values/synchronous.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>
#include <unordered_map>

struct sqlite3;

namespace SQLite {
class Database;
}

namespace gateway::storage {

/// Sets SQLite up for a process of many threads: it counts no memory, which it would do under one lock that
/// all its connections share. Does nothing once SQLite is in use.
void prepare_sqlite() noexcept;

/// How a connection opens the file.
struct ConnectionOptions {
    std::filesystem::path path;
    bool read_only = false;
    /// Nobody changes the file as long as it is open: a backup. It is read without locks, and nothing is made
    /// beside it. With read_only.
    bool immutable = false;
    Synchronous synchronous = Synchronous::full;
    /// How long a statement waits for another process's lock.
    std::chrono::milliseconds busy_timeout{5'000};
};

/// One SQLite connection. Used by one thread at a time. The file must exist. Throws SQLite::Exception for
/// whatever SQLite reports.
class Connection final : public Session {
  public:
    /// Opens the file and sets and reads back what the rules of the house need: WAL, the synchronous level,
    /// foreign keys, no double-quoted strings, no checkpoint of its own accord. An empty file will be able to
    /// give freed pages back. Also throws for a file that is no database.
    explicit Connection(const ConnectionOptions& options);
    ~Connection() override;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    Statement& statement(Sql sql) override;
    [[nodiscard]] int changes() const override;
    void begin_snapshot() override;
    void commit() override;
    void roll_back() override;
    [[nodiscard]] bool in_transaction() const noexcept override;
    [[nodiscard]] std::exception_ptr translate(const std::exception_ptr& error) const override;

    /// As roll_back(), where nothing can be done about a failure: closing takes the transaction back as well.
    void abandon() noexcept;

    /// Statements end with SQLITE_INTERRUPT once a stop is requested. `stop` outlives this.
    void stop_with(const std::stop_token& stop) noexcept;

    /// Closing moves nothing of the log into the file, should this be the last connection.
    void leave_log() noexcept;

    /// Runs SQL that returns nothing; several statements are fine.
    void execute(const char* sql);

    void execute(const std::string& sql) { execute(sql.c_str()); }

    /// The first column of the first row.
    std::int64_t integer(const char* sql);

    [[nodiscard]] sqlite3* handle() const noexcept;

  private:
    std::unique_ptr<SQLite::Database> database_;  // before the statements: they must go first
    std::unordered_map<const char*, PreparedStatement> statements_;
};

}  // namespace gateway::storage
