// The seam between the storage and the engine that keeps it: what an engine has to do for those who read, and
// for the one that writes. SQLite is the one there is (storage/sqlite/).
#pragma once

#include "storage/engine/statement.hpp"

#include <chrono>
#include <exception>
#include <utility>

namespace gateway::storage {

/// A connection to the database. Used by one thread at a time. Throws what the engine reports.
class Session {
  public:
    Session() = default;
    virtual ~Session() = default;
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    /// The statement of this text, prepared once, with these parameters.
    template <class... Args>
    [[nodiscard]] Query query(Sql sql, Args&&... args) {
        return Query(statement(sql), std::forward<Args>(args)...);
    }

    /// The statement of this text, prepared once; it lives as long as the session.
    virtual Statement& statement(Sql sql) = 0;

    /// Rows that the last INSERT, UPDATE or DELETE changed.
    [[nodiscard]] virtual int changes() const = 0;

    /// Begins a transaction that sees one state of the database to its end.
    virtual void begin_snapshot() = 0;
    virtual void commit() = 0;
    /// Does nothing where no transaction is open.
    virtual void roll_back() = 0;

    /// Whether a transaction is open. An engine may end one by itself after some errors (a full disk, say).
    [[nodiscard]] virtual bool in_transaction() const noexcept = 0;

    /// What a failure of this session means to a caller: Unavailable(storage_unavailable) where the engine
    /// says that the database cannot be used now (locked, disk full, I/O error, out of memory); the exception
    /// itself otherwise.
    [[nodiscard]] virtual std::exception_ptr translate(const std::exception_ptr& error) const = 0;
};

/// The session of the one thread that writes, a group of jobs in each transaction. Throws what the engine
/// reports.
class WriteSession {
  public:
    WriteSession() = default;
    virtual ~WriteSession() = default;
    WriteSession(const WriteSession&) = delete;
    WriteSession& operator=(const WriteSession&) = delete;

    /// Where the statements of a group run. Its savepoints are the jobs'.
    [[nodiscard]] virtual Session& session() noexcept = 0;

    /// Throws Unavailable where what is written would not be found again (the file is gone, say). begin()
    /// does the same; this is for when nothing is to be written.
    virtual void require_sound() = 0;

    /// Begins the transaction of a group, waiting until `until` at most for other processes that write.
    virtual void begin(std::chrono::steady_clock::time_point until) = 0;

    /// Whether another process has changed the database since this was last asked, or may have. What a group
    /// sees is known once it has begun.
    virtual bool changed_by_others() = 0;

    /// Returns when the group is on the disk.
    virtual void commit() = 0;

    /// Takes back what there is of a group that failed, be it at its commit. Where that throws, the next
    /// begin() tries it again first.
    virtual void roll_back() = 0;

    /// After each group, when its callers have their answers: whatever keeps the database in shape. What
    /// fails of it is the engine's to report.
    virtual void after_group() noexcept = 0;
};

}  // namespace gateway::storage
