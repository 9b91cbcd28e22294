// What a job gets to work with: a Snapshot to read from, a Transaction to read from and write to.
#pragma once

#include "storage/engine/row_memory.hpp"
#include "storage/engine/session.hpp"
#include "storage/values/timestamp.hpp"

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gateway::storage {

/// What is to be done once changes are on the disk: telling whoever is to know of them, not more.
using AfterCommit = std::function<void()>;

/// The database as it stood when the job began, other writers notwithstanding.
class Snapshot {
  public:
    /// `memory` may be nullptr: nothing is remembered then. `now` is the time the job counts as having
    /// happened.
    Snapshot(Session& session, RowMemory* memory, Timestamp now)
        : session_(session), memory_(memory), now_(now) {}

    virtual ~Snapshot() = default;
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;

    /// A statement that changes rows (`… RETURNING`) is part of the job: it is undone with it. In a Snapshot
    /// alone it fails. Throws what the engine reports.
    template <class... Args>
    [[nodiscard]] Query query(Sql sql, Args&&... args) {
        Statement& statement = session_.statement(sql);
        if (!statement.reads_only()) before_change();
        return Query(statement, std::forward<Args>(args)...);
    }

    /// The time of this job; the same at every call.
    [[nodiscard]] Timestamp now() const noexcept { return now_; }

    /// Rows known to be as they are in the file; nullptr where nothing is remembered.
    [[nodiscard]] RowMemory* memory() const noexcept { return memory_; }

    /// The row of this id: the remembered one, or else what `load()` finds, which is remembered from now on.
    template <class Row, class Load>
    [[nodiscard]] std::optional<Row> remembered(const std::string& id, const Load& load) {
        if (memory_) {
            if (const Row* const row = memory_->find<Row>(id)) return *row;
        }
        std::optional<Row> row = load();
        if (memory_ && row) memory_->remember(*row);
        return row;
    }

  protected:
    /// Called before each statement that may change something. Here the session itself refuses it.
    virtual void before_change() {}

    [[nodiscard]] Session& session() const noexcept { return session_; }

  private:
    Session& session_;
    RowMemory* memory_;
    Timestamp now_;
};

/// One job's part of a group. It can be undone alone: a savepoint is set before its first change.
class Transaction : public Snapshot {
  public:
    using Snapshot::Snapshot;

    /// Runs one changing statement and answers how many rows it changed. Throws what the engine
    /// reports.
    template <class... Args>
    int execute(Sql sql, Args&&... args) {
        query(sql, std::forward<Args>(args)...).step();
        return session().changes();
    }

    /// Whoever changes the row of this id says so.
    template <class Row>
    void forget(const std::string& id) {
        if (memory()) memory()->forget<Row>(id);
    }

    /// Has `word` called after this job's commit is on the disk, on the thread that commits, in the order of
    /// the jobs of its group, and not at all where the job is undone.
    void after_commit(AfterCommit word) { words_.push_back(std::move(word)); }

    // For whoever commits, once, after the job:

    /// What after_commit() was given.
    [[nodiscard]] std::vector<AfterCommit>& words() noexcept { return words_; }

    /// Makes the job's changes part of the group.
    void keep();
    /// Takes the job's changes back.
    void undo();

  private:
    /// Sets the savepoint.
    void before_change() override;

    bool changed_ = false;
    std::vector<AfterCommit> words_;
};

}  // namespace gateway::storage
