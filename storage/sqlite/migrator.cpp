#include "storage/sqlite/migrator.hpp"

#include "storage/values/private_file.hpp"
#include "storage/values/sha256.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

#include <unistd.h>

namespace gateway::storage {

namespace {

constexpr const char* history_table =
    "CREATE TABLE schema_migrations ("
    " number INTEGER PRIMARY KEY,"
    " name TEXT NOT NULL,"
    " sha256 TEXT NOT NULL,"  // of the file as it was applied
    " applied_at TEXT NOT NULL) STRICT";

constexpr const char* objections_table = "CREATE TEMP TABLE objections (objection TEXT NOT NULL)";

bool is_empty(SQLite::Database& file) {
    return file.execAndGet("SELECT count(*) FROM sqlite_schema").getInt64() == 0;
}

/// Foreign keys are not enforced while this lives. With them, dropping a table on the way to its new form
/// would delete all that refers to its rows. SQLite heeds neither change inside a transaction.
class ForeignKeysOff {
  public:
    explicit ForeignKeysOff(Connection& connection) : connection_(connection) {
        connection_.execute("PRAGMA foreign_keys = OFF");
    }

    // Fails for want of memory only; every other connection sets them by itself.
    ~ForeignKeysOff() {
        sqlite3_exec(connection_.handle(), "PRAGMA foreign_keys = ON", nullptr, nullptr, nullptr);
    }

    ForeignKeysOff(const ForeignKeysOff&) = delete;
    ForeignKeysOff& operator=(const ForeignKeysOff&) = delete;

  private:
    Connection& connection_;
};

}  // namespace

Migrator::Migrator(const std::filesystem::path& database, Clock clock,
                   const std::span<const Migration> migrations)
    : database_(std::filesystem::absolute(database)), clock_(std::move(clock)), migrations_(migrations) {}

std::vector<MigrationStatus> Migrator::migrate() {
    create_file();
    Connection connection = open();
    const auto applied = examine(connection);
    if (!applied.empty()) name_restored(connection, applied.back().number);

    std::vector<MigrationStatus> done;
    for (const auto& migration : migrations_.subspan(applied.size())) {
        apply(connection, migration);
        done.push_back({migration.number, std::string(migration.name), clock_()});
    }
    return done;
}

std::vector<MigrationStatus> Migrator::status() const {
    if (!std::filesystem::exists(database_))
        refuse("there is no such file; `session-gateway migrate` creates it");
    Connection connection = open();
    return rows_of(examine(connection));
}

std::vector<MigrationStatus> Migrator::status_of(Connection& connection) const {
    if (connection.integer("PRAGMA application_id") != application_id)
        refuse("it is no database of session-gateway");
    return rows_of(examine(connection));
}

std::vector<MigrationStatus> Migrator::rows_of(const std::vector<Applied>& applied) const {
    std::vector<MigrationStatus> rows;
    for (std::size_t i = 0; i < migrations_.size(); ++i) {
        rows.push_back({migrations_[i].number, std::string(migrations_[i].name), {}});
        if (i < applied.size()) rows.back().applied_at = applied[i].at;
    }
    return rows;
}

void Migrator::require_current() const {
    if (!std::filesystem::exists(database_)) {
        refuse("there is no such file; `session-gateway serve` or `session-gateway migrate` creates it");
    }
    Connection connection = open();
    if (examine(connection).size() < migrations_.size()) {
        refuse("it is older than this binary; `session-gateway migrate` brings it up to date");
    }
}

void Migrator::create_file() const {
    make_folder_of(database_);
    ::close(open_private_file(database_));
}

Connection Migrator::open() const {
    require_ours_or_empty();
    return Connection({.path = database_});
}

void Migrator::require_ours_or_empty() const {
    // Before a Connection puts it in WAL mode: what is not ours stays as it is.
    constexpr int busy_timeout = 5'000;
    try {
        SQLite::Database file(database_.string(), SQLite::OPEN_READWRITE, busy_timeout);
        const auto application = file.execAndGet("PRAGMA application_id").getInt64();
        if (application == application_id) return;
        if (application == 0 && (is_empty(file) || is_restored(file))) return;
    } catch (const SQLite::Exception& failure) {
        if (failure.getErrorCode() == SQLITE_NOTADB)
            refuse("it is not a database; choose another database.path");
        throw SQLite::Exception(database_.string() + ": it cannot be read: " + failure.what(),
                                failure.getErrorCode());
    }
    refuse("it is a database of another program; choose another database.path");
}

bool Migrator::is_restored(SQLite::Database& file) const {
    constexpr const char* columns =
        "SELECT count(*) FROM pragma_table_info('schema_migrations')"
        " WHERE name IN ('number', 'name', 'sha256', 'applied_at')";
    if (migrations_.empty() || file.execAndGet(columns).getInt() != 4) return false;
    SQLite::Statement first(file, "SELECT sha256 FROM schema_migrations WHERE number = 1");
    return first.executeStep() && first.getColumn(0).getString() == sha256_hex(migrations_.front().sql);
}

void Migrator::name_restored(Connection& connection, const int last) {
    if (connection.integer("PRAGMA application_id") == application_id) return;
    connection.execute("BEGIN IMMEDIATE; PRAGMA application_id = " + std::to_string(application_id) +
                       "; PRAGMA user_version = " + std::to_string(last) + "; COMMIT");
}

std::vector<Migrator::Applied> Migrator::examine(Connection& connection) const {
    if (connection.integer("SELECT count(*) FROM sqlite_schema WHERE name = 'schema_migrations'") == 0)
        return {};

    std::vector<Applied> applied;
    Query row = connection.query("SELECT number, sha256, applied_at FROM schema_migrations ORDER BY number");
    while (row.step()) {
        const auto number = static_cast<int>(row.integer(0));
        const auto at = parse_timestamp(row.text(2));
        if (!at) {
            refuse("row " + std::to_string(number) + " of its table schema_migrations holds \"" +
                   std::string(row.text(2)) +
                   "\" in applied_at, where a time like 2025-03-15T12:00:00.000Z belongs; correct it with "
                   "sqlite3");
        }
        applied.push_back({number, std::string(row.text(1)), *at});
    }
    require_history(applied);
    return applied;
}

void Migrator::require_history(const std::vector<Applied>& applied) const {
    if (applied.size() > migrations_.size()) {
        refuse("it was written by a newer session-gateway (it has migration " +
               std::to_string(applied.back().number) + ", this binary knows up to " +
               std::to_string(migrations_.size()) + "); install that version or newer");
    }
    for (std::size_t i = 0; i < applied.size(); ++i) {
        const auto& migration = migrations_[i];
        if (applied[i].number == migration.number && applied[i].sha256 == sha256_hex(migration.sql)) continue;
        refuse("its migration " + std::to_string(applied[i].number) +
               " is not the one this binary knows as " + std::string(migration.name) +
               "; use the binary that wrote it");
    }
}

void Migrator::apply(Connection& connection, const Migration& migration) const {
    const ForeignKeysOff unenforced(connection);
    connection.execute("BEGIN IMMEDIATE");
    try {
        if (migration.number == 1) {
            connection.execute("PRAGMA application_id = " + std::to_string(application_id));
            connection.execute(history_table);
        }
        connection.execute(objections_table);
        connection.execute(std::string(migration.sql));
        require_nothing(connection.query("SELECT objection FROM temp.objections"), migration);
        require_nothing(connection.query("SELECT 'row ' || rowid || ' of ' || \"table\" || ' names a row of '"
                                         " || parent || ' that is not there' FROM pragma_foreign_key_check"),
                        migration);
        connection.execute("DROP TABLE temp.objections");
        connection
            .query("INSERT INTO schema_migrations (number, name, sha256, applied_at) VALUES (?, ?, ?, ?)",
                   migration.number, migration.name, sha256_hex(migration.sql), clock_())
            .step();
        connection.execute("PRAGMA user_version = " + std::to_string(migration.number));
        connection.execute("COMMIT");
    } catch (...) {
        if (connection.in_transaction()) connection.execute("ROLLBACK");
        throw;
    }
}

void Migrator::require_nothing(Query named, const Migration& migration) const {
    std::string rows;
    int count = 0;
    for (; named.step(); ++count) {
        constexpr int most_named = 5;
        if (count < most_named) rows.append(count == 0 ? "" : "; ").append(named.text(0));
    }
    if (count == 0) return;
    refuse("migration " + std::to_string(migration.number) + " (" + std::string(migration.name) +
           ") cannot be applied because of " + std::to_string(count) + (count == 1 ? " fault" : " faults") +
           ", and nothing was changed: " + rows +
           "; correct or delete these rows with sqlite3, then start again");
}

void Migrator::refuse(const std::string& reason) const {
    throw DatabaseRefused(database_.string() + ": " + reason);
}

}  // namespace gateway::storage
