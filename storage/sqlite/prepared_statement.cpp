#include "storage/sqlite/prepared_statement.hpp"

#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

#include <stdexcept>

namespace gateway::storage {

PreparedStatement::PreparedStatement(sqlite3* const connection, const Sql sql) : connection_(connection) {
    constexpr int whole_text = -1;
    require_ok(sqlite3_prepare_v3(connection_, sql.text, whole_text, SQLITE_PREPARE_PERSISTENT, &statement_,
                                  nullptr));
    reads_only_ = sqlite3_stmt_readonly(statement_) != 0;
}

PreparedStatement::~PreparedStatement() {
    sqlite3_finalize(statement_);
}

void PreparedStatement::require_ok(const int code) const {
    if (code != SQLITE_OK) throw SQLite::Exception(connection_, code);
}

void PreparedStatement::bind_null(const int index) {
    require_ok(sqlite3_bind_null(statement_, index));
}

void PreparedStatement::bind_integer(const int index, const std::int64_t number) {
    require_ok(sqlite3_bind_int64(statement_, index, number));
}

void PreparedStatement::bind_text(const int index, const std::string_view text, const Text text_is) {
    // A null pointer would be NULL.
    require_ok(sqlite3_bind_text64(statement_, index, text.data() ? text.data() : "", text.size(),
                                   text_is == Text::lent ? SQLITE_STATIC : SQLITE_TRANSIENT, SQLITE_UTF8));
}

void PreparedStatement::bind_blob(const int index, const Blob bytes) {
    require_ok(sqlite3_bind_blob64(statement_, index, bytes.data() ? bytes.data() : Blob::pointer(""),
                                   bytes.size(), SQLITE_TRANSIENT));
}

bool PreparedStatement::step() {
    // SQLite would begin anew.
    if (is_over_) throw std::logic_error("a query was stepped past its last row");
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    is_over_ = true;
    if (code != SQLITE_DONE) throw SQLite::Exception(connection_, code);
    return false;
}

void PreparedStatement::reset() noexcept {
    // It tells a failed step's error a second time.
    static_cast<void>(sqlite3_reset(statement_));
    is_over_ = false;
}

bool PreparedStatement::is_null(const int column) const {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::int64_t PreparedStatement::integer(const int column) const {
    return sqlite3_column_int64(statement_, column);
}

std::string_view PreparedStatement::text(const int column) const {
    const void* const text = sqlite3_column_text(statement_, column);
    return {static_cast<const char*>(text),
            static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

Blob PreparedStatement::blob(const int column) const {
    const void* const bytes = sqlite3_column_blob(statement_, column);
    return {static_cast<const std::uint8_t*>(bytes),
            static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::string_view PreparedStatement::column_name(const int column) const {
    return sqlite3_column_name(statement_, column);
}

}  // namespace gateway::storage
