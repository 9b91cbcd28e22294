// The door of a subcommand: one connection to an existing database, whether the daemon runs or not.
#pragma once

#include "storage/engine/transaction.hpp"
#include "storage/sqlite/connection.hpp"
#include "storage/sqlite/database_file.hpp"
#include "storage/sqlite/side_lock.hpp"
#include "storage/values/error.hpp"

#include <filesystem>
#include <utility>

namespace gateway::storage {

/// Synchronous, for one thread. The daemon sees what was written from its next request on.
class CommandDatabase {
  public:
    /// Throws DatabaseRefused unless the file is there and current, and SQLite::Exception.
    CommandDatabase(const std::filesystem::path& path, Clock clock);

    /// Keeps every daemon away for as long as this lives. False where one has the database already: nothing
    /// more may be done with this then.
    [[nodiscard]] bool keep_daemons_away() {
        return side_lock_.try_lock(SideLock::Part::daemon) && file_.try_lock();
    }

    /// Absolute, without symbolic links.
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return file_.path(); }

    /// Writes the whole file anew, without its free pages and able to give back what is freed from now on.
    /// It stays the same file, marks and all; one that is killed meanwhile leaves it as it was. Takes twice
    /// the bytes of its contents in its folder meanwhile. Only while daemons are kept away. Throws as
    /// write().
    void compact();

    /// Runs a function of a Snapshot& and gives what it returns.
    template <class Function>
    auto read(Function&& job) {
        connection_.execute("BEGIN");
        const Ending ending(connection_);
        // NOLINTNEXTLINE(misc-const-correctness): not for every job
        Snapshot snapshot(connection_, nullptr, clock_());
        return std::forward<Function>(job)(snapshot);
    }

    /// Runs a function of a Transaction&, commits and gives what it returned; nothing is written when it
    /// throws or returns an error. Asks the daemon for the pen first, and throws Unavailable when it does not
    /// get it in time.
    template <class Function>
    auto write(Function&& job) {
        const Pen pen(side_lock_);
        try {
            return write_with_pen(std::forward<Function>(job));
        } catch (...) {
            rethrow();
        }
    }

  private:
    template <class Function>
    auto write_with_pen(Function&& job) {
        connection_.execute("BEGIN IMMEDIATE");
        const Ending ending(connection_);
        // NOLINTNEXTLINE(misc-const-correctness): not for every job
        Transaction transaction(connection_, nullptr, clock_());
        auto outcome = std::forward<Function>(job)(transaction);
        if constexpr (requires { outcome.has_error(); }) {
            if (outcome.has_error()) return outcome;
        }
        connection_.execute("COMMIT");
        for (const auto& word : transaction.words())
            word();
        return outcome;
    }

    /// Within a catch: tells the file and what to do, where SQLite told neither.
    [[noreturn]] void rethrow() const;

    /// Takes back what was not committed.
    class Ending {
      public:
        explicit Ending(Connection& connection) : connection_(connection) {}

        ~Ending();
        Ending(const Ending&) = delete;
        Ending& operator=(const Ending&) = delete;

      private:
        Connection& connection_;
    };

    class Pen {
      public:
        explicit Pen(SideLock& lock);

        ~Pen() { lock_.unlock(SideLock::Part::writer_turn); }

        Pen(const Pen&) = delete;
        Pen& operator=(const Pen&) = delete;

      private:
        SideLock& lock_;
    };

    DatabaseFile file_;  // first, so that it goes last
    SideLock side_lock_;
    Connection connection_;
    Clock clock_;
};

}  // namespace gateway::storage
