// An SQLite statement.
#pragma once

#include "storage/engine/statement.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace gateway::storage {

/// Throws SQLite::Exception. The connection outlives it.
class PreparedStatement final : public Statement {
  public:
    PreparedStatement(sqlite3* connection, Sql sql);
    ~PreparedStatement() override;
    PreparedStatement(const PreparedStatement&) = delete;
    PreparedStatement& operator=(const PreparedStatement&) = delete;

    void bind_null(int index) override;
    void bind_integer(int index, std::int64_t number) override;
    void bind_text(int index, std::string_view text, Text text_is) override;
    void bind_blob(int index, Blob bytes) override;

    bool step() override;
    void reset() noexcept override;

    [[nodiscard]] bool is_null(int column) const override;
    [[nodiscard]] std::int64_t integer(int column) const override;
    [[nodiscard]] std::string_view text(int column) const override;
    [[nodiscard]] Blob blob(int column) const override;
    [[nodiscard]] std::string_view column_name(int column) const override;

    [[nodiscard]] bool reads_only() const noexcept override { return reads_only_; }

  private:
    void require_ok(int code) const;

    sqlite3* connection_;
    sqlite3_stmt* statement_ = nullptr;
    bool reads_only_ = false;
    bool is_over_ = false;  ///< stepped past its last row
};

}  // namespace gateway::storage
