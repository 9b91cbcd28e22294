// One connection to the database file and its prepared statements.
#pragma once

#include "storage/values/synchronous.hpp"
#include "storage/values/timestamp.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>

namespace gateway::storage {

/// SQL text that lives as long as the program (only a constant expression makes one), so that its address can
/// name the prepared statement.
struct Sql {
    consteval Sql(const char* sql) : text(sql) {}  // NOLINT(google-explicit-constructor): a literal is meant

    const char* text;
};

/// Bytes for a BLOB column.
using Blob = std::span<const std::uint8_t>;

/// A prepared statement while it is in use: bound, stepped, read, and reset when it goes out of scope.
/// Throws SQLite::Exception for whatever SQLite reports.
class Query {
  public:
    struct Prepared {
        SQLite::Statement statement;
        bool read_only;  ///< it changes no row, whatever its parameters
        bool in_use = false;
    };

    /// Parameters in the order of their `?`. Text given as an lvalue std::string is not copied and must
    /// outlive the query; everything else is. Throws std::logic_error when the same statement is in use
    /// further up.
    template <class... Args>
    explicit Query(Prepared& prepared, Args&&... args) : Query(Claim{prepared}) {
        [[maybe_unused]] int index = 0;  // NOLINT(misc-const-correctness): not where there are parameters
        (bind(++index, std::forward<Args>(args)), ...);
    }

    ~Query();
    Query(const Query&) = delete;
    Query& operator=(const Query&) = delete;

    /// Goes to the next row; false when there is none.
    bool step() { return prepared_.statement.executeStep(); }

    // The current row. Columns count from 0. A view is valid until the next step.
    [[nodiscard]] std::string_view text(int column) const;
    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] Blob blob(int column) const;

    [[nodiscard]] bool is_null(int column) const { return prepared_.statement.getColumn(column).isNull(); }

    /// NULL is nothing. Throws std::runtime_error for text that is not a timestamp.
    [[nodiscard]] std::optional<Timestamp> optional_timestamp(int column) const;
    /// Throws std::runtime_error for NULL too.
    [[nodiscard]] Timestamp timestamp(int column) const;

  private:
    struct Claim {
        Prepared& prepared;
    };

    /// Apart from the binding, so that a parameter that cannot be bound gives the statement free again.
    explicit Query(Claim claim);

    void bind(int index, const std::string& text) { prepared_.statement.bindNoCopy(index, text); }

    void bind(int index, std::string& text) { prepared_.statement.bindNoCopy(index, text); }

    void bind(int index, std::string&& text) { prepared_.statement.bind(index, text); }

    void bind(int index, std::string_view text) { prepared_.statement.bind(index, std::string(text)); }

    void bind(int index, const char* text) { prepared_.statement.bind(index, std::string(text)); }

    void bind(int index, Timestamp time) { prepared_.statement.bind(index, format_timestamp(time)); }

    void bind(int index, Blob bytes) {
        prepared_.statement.bind(index, static_cast<const void*>(bytes.data()),
                                 static_cast<int>(bytes.size()));
    }

    void bind(int index, std::nullopt_t) { prepared_.statement.bind(index); }

    template <class Integer>
        requires std::is_integral_v<Integer>
    void bind(int index, Integer number) {
        prepared_.statement.bind(index, static_cast<std::int64_t>(number));
    }

    template <class T>
    void bind(int index, const std::optional<T>& value) {
        if (value) {
            bind(index, T(*value));  // a copy: the optional may be a temporary
        } else {
            bind(index, std::nullopt);
        }
    }

    Prepared& prepared_;
};

/// Sets SQLite up for a process of many threads: it counts no memory, which it would do under one lock that
/// all its connections share. Does nothing once SQLite is in use.
void prepare_sqlite() noexcept;

/// How a connection opens the file.
struct ConnectionOptions {
    std::filesystem::path path;
    bool read_only = false;
    Synchronous synchronous = Synchronous::full;
    /// How long a statement waits for another process's lock.
    std::chrono::milliseconds busy_timeout{5'000};
};

/// One SQLite connection. Used by one thread at a time. The file must exist.
class Connection {
  public:
    /// Opens the file and sets and reads back what the rules of the house need: WAL, the synchronous level,
    /// foreign keys, no double-quoted strings, no checkpoint of its own accord. Throws SQLite::Exception
    /// (also for a file that is no database).
    explicit Connection(const ConnectionOptions& options);

    /// The statement of this text, prepared once, with these parameters.
    template <class... Args>
    [[nodiscard]] Query query(Sql sql, Args&&... args) {
        return Query(prepared(sql), std::forward<Args>(args)...);
    }

    /// The statement of this text, prepared once; it lives as long as the connection.
    Query::Prepared& prepared(Sql sql);

    /// Runs SQL that returns nothing; several statements are fine.
    void execute(const char* sql) { database_.exec(sql); }

    void execute(const std::string& sql) { database_.exec(sql); }

    /// The first column of the first row.
    std::int64_t integer(const char* sql);

    /// Rows that the last INSERT, UPDATE or DELETE changed.
    [[nodiscard]] int changes() const { return database_.getChanges(); }

    /// Whether a transaction is open. SQLite ends one by itself after some errors (a full disk, for one).
    [[nodiscard]] bool in_transaction() const noexcept;

    [[nodiscard]] sqlite3* handle() const noexcept { return database_.getHandle(); }

  private:
    SQLite::Database database_;  // before the statements: they must go first
    std::unordered_map<const char*, Query::Prepared> statements_;
};

}  // namespace gateway::storage
