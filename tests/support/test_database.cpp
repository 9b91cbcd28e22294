#include "tests/support/test_database.hpp"

#include "storage/sqlite/migrator.hpp"
#include "storage/sqlite/opening.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <algorithm>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
// libstdc++ is not instrumented, so the sanitizer does not see that its count of an exception's owners orders
// the last owner's deletion after every other owner's use.
extern "C" const char* __tsan_default_suppressions();

extern "C" const char* __tsan_default_suppressions() {
    return "race:std::__exception_ptr::exception_ptr::_M_release\n"
           "race:std::runtime_error::~runtime_error";
}
#endif
#endif

namespace gateway::test {

TestClock::TestClock() : time_(std::make_shared<std::atomic<std::int64_t>>(1'742'040'000'000)) {}

TestFile::TestFile(const Clock& clock) {
    storage::Migrator(path(), clock).migrate();
}

std::string TestFile::ask(const std::string& sql) const {
    constexpr int busy_timeout = 5'000;
    const SQLite::Database shell(path().string(), SQLite::OPEN_READWRITE, busy_timeout);
    SQLite::Statement statement(shell, sql);
    std::string rows;
    while (statement.executeStep()) {
        if (!rows.empty()) rows += '\n';
        for (int column = 0; column < statement.getColumnCount(); ++column) {
            if (column > 0) rows += '|';
            rows += statement.isColumnNull(column) ? "NULL" : statement.getColumn(column).getString();
        }
    }
    return rows;
}

void TestFile::tamper(const std::string& sql) const {
    constexpr int busy_timeout = 5'000;
    SQLite::Database(path().string(), SQLite::OPEN_READWRITE, busy_timeout)
        .exec("PRAGMA ignore_check_constraints = ON; " + sql);
}

void TestReports::operator()(const storage::Severity severity, const std::string& message) {
    const std::lock_guard lock(shared_->mutex);
    shared_->lines.emplace_back(severity, message);
}

int TestReports::count(const storage::Severity severity, const std::string_view text) const {
    const std::lock_guard lock(shared_->mutex);
    return static_cast<int>(std::ranges::count_if(shared_->lines, [&](const auto& line) {
        return line.first == severity && line.second.find(text) != std::string::npos;
    }));
}

Hold::~Hold() {
    release();
}

void Hold::release() {
    if (!is_released_) state_->released.count_down();
    is_released_ = true;
}

TestDatabase::TestDatabase(const storage::DatabaseOptions& options)
    : file_(clock), work_(context_.get_executor()), thread_([this] { context_.run(); }) {
    try {
        database_.emplace(storage::open_sessions(held_, options, reports), options, clock, reports);
    } catch (...) {
        work_.reset();
        thread_.join();
        throw;
    }
}

TestDatabase::~TestDatabase() {
    close();
    work_.reset();
    thread_.join();
}

void TestDatabase::hold_writer(const Hold& hold) {
    start(database_->write(hold.job<storage::Transaction>(), no_deadline));
    hold.wait_until_running();
}

void TestDatabase::hold_reader(const Hold& hold) {
    start(database_->read(hold.job<storage::Snapshot>(), no_deadline));
    hold.wait_until_running();
}

void TestDatabase::settle() {
    const auto nothing = []() -> boost::asio::awaitable<void> { co_return; };
    boost::asio::co_spawn(context_, nothing, boost::asio::use_future).get();
}

}  // namespace gateway::test
