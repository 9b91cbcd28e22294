// The statements that a piece of code uses, and how SQLite goes about them.
#pragma once

#include "storage/engine/transaction.hpp"
#include "storage/sqlite/connection.hpp"
#include "tests/support/test_database.hpp"

#include <set>
#include <string>

namespace gateway::test {

/// Passes everything on to a connection of its own, and keeps the texts of the statements.
class RecordedSession : public storage::Session {
  public:
    explicit RecordedSession(const std::filesystem::path& database) : connection_({.path = database}) {}

    storage::Statement& statement(const storage::Sql sql) override {
        texts_.insert(sql.text);
        return connection_.statement(sql);
    }

    [[nodiscard]] int changes() const override { return connection_.changes(); }

    void begin_snapshot() override { connection_.begin_snapshot(); }

    void commit() override { connection_.commit(); }

    void roll_back() override { connection_.roll_back(); }

    [[nodiscard]] bool in_transaction() const noexcept override { return connection_.in_transaction(); }

    [[nodiscard]] std::exception_ptr translate(const std::exception_ptr& error) const override {
        return connection_.translate(error);
    }

    /// Of every statement used so far that SQLite would walk a whole table for, or sort: its text and what
    /// SQLite says. A table that JSON makes is none.
    [[nodiscard]] std::string slow_plans(const TestFile& file) const {
        std::string found;
        for (const auto& text : texts_) {
            const auto plan = file.ask("EXPLAIN QUERY PLAN " + text);
            const bool scans =
                plan.find("SCAN") != std::string::npos && plan.find("VIRTUAL TABLE") == std::string::npos;
            if (scans || plan.find("TEMP B-TREE") != std::string::npos)
                found.append(text).append("\n").append(plan).append("\n");
        }
        return found;
    }

    [[nodiscard]] std::size_t count() const noexcept { return texts_.size(); }

  private:
    storage::Connection connection_;
    std::set<std::string> texts_;
};

}  // namespace gateway::test
