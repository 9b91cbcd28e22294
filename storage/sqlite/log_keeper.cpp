#include "storage/sqlite/log_keeper.hpp"

#include "storage/values/error.hpp"

#include <sqlite3.h>

namespace gateway::storage {

namespace {

constexpr std::uint64_t bytes_per_frame = 4'096 + 24;  // a page and its frame header

// A log this many times its checkpoint size is stuck behind a reader, which the operator should know.
constexpr int stuck_factor = 4;

}  // namespace

LogKeeper::LogKeeper(Connection& writing, const ConnectionOptions& options, const std::uint64_t size,
                     const Checkpoints checkpoints, Report report, Observer* const observer)
    : writing_(writing),
      report_(std::move(report)),
      observer_(observer),
      limit_(static_cast<int>(size / bytes_per_frame)),
      checkpoint_at_(limit_) {
    if (checkpoints == Checkpoints::automatic) checkpointer_.emplace(options, report_);
    sqlite3_wal_hook(writing_.handle(), &LogKeeper::on_commit, this);
}

int LogKeeper::on_commit(void* const keeper, sqlite3*, const char*, const int frames_in_log) {
    static_cast<LogKeeper*>(keeper)->frames_in_log_ = frames_in_log;
    return SQLITE_OK;
}

std::uint64_t LogKeeper::bytes_in_log() const noexcept {
    return static_cast<std::uint64_t>(frames_in_log_) * bytes_per_frame;
}

void LogKeeper::look_after() {
    if (frames_in_log_ < limit_) {
        checkpoint_at_ = limit_;
        if (is_stuck_) report_(Severity::info, "the write-ahead log starts over again");
        is_stuck_ = false;
    }
    if (checkpointer_)
        checkpoint();
    else
        tell_if_stuck();
}

void LogKeeper::checkpoint() {
    if (frames_in_log_ >= checkpoint_at_) checkpointer_->request();
    const auto took = checkpointer_->take_finished();
    if (!took) return;
    if (observer_) observer_->checkpointed(bytes_in_log(), *took);

    // The short rest: what was committed while the bulk was moved. With all of it moved, the next write
    // starts the log over from its beginning.
    try {
        if (checkpoint_passively(writing_)) return;
    } catch (...) {
        report_(Severity::error, "a checkpoint failed: " + describe(std::current_exception()));
    }
    checkpoint_at_ = frames_in_log_ + limit_ / 4;
    tell_if_stuck();
}

void LogKeeper::tell_if_stuck() {
    if (is_stuck_ || frames_in_log_ / stuck_factor < limit_) return;
    is_stuck_ = true;
    report_(
        Severity::warning,
        "the write-ahead log has grown to " + std::to_string(bytes_in_log() >> 20U) + " MiB: " +
            (checkpointer_ ? "a reader has held its snapshot for long, or another program keeps it from "
                             "being checkpointed; close that to let the log start over"
                           : "nobody checkpoints it, and database.checkpoint = \"external\" leaves that to "
                             "another program; is it running?"));
}

}  // namespace gateway::storage
