#include "storage/sqlite/checkpointer.hpp"

#include "storage/values/error.hpp"
#include "storage/values/thread_name.hpp"

#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

namespace gateway::storage {

void sync_database_file(sqlite3* const connection) {
    sqlite3_file* file = nullptr;
    int code = sqlite3_file_control(connection, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    if (code == SQLITE_OK) code = file->pMethods->xSync(file, SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY);
    if (code != SQLITE_OK) throw SQLite::Exception("the database file could not be synced", code);
}

bool checkpoint_passively(const Connection& connection) {
    int frames_in_log = 0;
    int frames_moved = 0;
    const int code = sqlite3_wal_checkpoint_v2(connection.handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE,
                                               &frames_in_log, &frames_moved);
    if (code == SQLITE_BUSY) return false;  // it counts nothing then
    if (code != SQLITE_OK) throw SQLite::Exception(connection.handle(), code);
    return frames_moved == frames_in_log;
}

Checkpointer::Checkpointer(const ConnectionOptions& options, Report report)
    : connection_(options), report_(std::move(report)), thread_([this] { run(); }) {}

Checkpointer::~Checkpointer() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_one();
    thread_.join();
}

void Checkpointer::request() {
    State expected = State::idle;
    if (!state_.compare_exchange_strong(expected, State::requested)) return;
    // The lock makes sure that the thread is either waiting already or will look at the state before it
    // waits.
    { const std::lock_guard lock(mutex_); }
    changed_.notify_one();
}

std::optional<std::chrono::steady_clock::duration> Checkpointer::take_finished() noexcept {
    if (state_ != State::finished) return std::nullopt;
    const auto took = took_;
    State expected = State::finished;
    return state_.compare_exchange_strong(expected, State::idle) ? std::optional(took) : std::nullopt;
}

void Checkpointer::move_bulk() {
    // The second pass takes what was committed during the first, and leaves a few milliseconds' worth.
    for (int pass = 0; pass < 2; ++pass) {
        progress_.begin();
        checkpoint_passively(connection_);
        // SQLite syncs only in a checkpoint that reaches the end of the log, and beside a busy writer that is
        // the writer's own: it would wait there for all of the bulk.
        sync_database_file(connection_.handle());
    }
}

void Checkpointer::run() {
    name_this_thread("checkpointer");
    std::unique_lock lock(mutex_);
    while (true) {
        changed_.wait(lock, [this] { return stopping_ || state_ == State::requested; });
        if (stopping_) return;
        lock.unlock();
        const auto begin = std::chrono::steady_clock::now();
        try {
            move_bulk();
        } catch (...) {
            report_(Severity::error, "a checkpoint failed: " + describe(std::current_exception()));
        }
        took_ = std::chrono::steady_clock::now() - begin;
        progress_.end();
        state_ = State::finished;
        lock.lock();
    }
}

}  // namespace gateway::storage
