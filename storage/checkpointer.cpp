#include "storage/checkpointer.hpp"

#include "storage/failure.hpp"

#include <sqlite3.h>

namespace gateway::storage {

CheckpointResult checkpoint_passively(const Connection& connection) {
    CheckpointResult result{};
    const int code = sqlite3_wal_checkpoint_v2(connection.handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE,
                                               &result.frames_in_log, &result.frames_moved);
    // Busy: another checkpoint is under way, which serves as well.
    if (code != SQLITE_OK && code != SQLITE_BUSY) throw SQLite::Exception(connection.handle(), code);
    return result;
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

bool Checkpointer::take_finished() noexcept {
    State expected = State::finished;
    return state_.compare_exchange_strong(expected, State::idle);
}

void Checkpointer::run() {
    std::unique_lock lock(mutex_);
    while (true) {
        changed_.wait(lock, [this] { return stopping_ || state_ == State::requested; });
        if (stopping_) return;
        lock.unlock();
        try {
            checkpoint_passively(connection_);
        } catch (...) {
            report_(Severity::error, "a checkpoint failed: " + describe(std::current_exception()));
        }
        state_ = State::finished;
        lock.lock();
    }
}

}  // namespace gateway::storage
