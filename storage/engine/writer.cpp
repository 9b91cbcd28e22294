#include "storage/engine/writer.hpp"

#include "storage/sqlite/sqlite_error.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <iterator>
#include <ranges>

namespace gateway::storage {

namespace {

// Keeps the wait of the first in a group in hand; more in one commit gains nothing measurable.
constexpr std::size_t most_jobs_in_group = 256;

constexpr std::uint64_t bytes_per_frame = 4'096 + 24;  // a page and its frame header

// A log this many times its checkpoint size is stuck behind a reader, which the operator should know.
constexpr int stuck_factor = 4;

Deadline earliest_deadline(const Jobs<Transaction>& group) {
    const auto deadline = [](const auto& job) { return job->deadline(); };
    return std::ranges::min(group | std::views::transform(deadline));
}

/// Takes out of a group what has waited too long already.
Jobs<Transaction> take_expired(Jobs<Transaction>& group) {
    const auto now = std::chrono::steady_clock::now();
    const auto in_time = [now](const auto& job) { return job->deadline() >= now; };
    Jobs<Transaction> expired;
    if (std::ranges::all_of(group, in_time)) return expired;
    const auto late = std::ranges::stable_partition(group, in_time);
    std::ranges::move(late, std::back_inserter(expired));
    group.erase(late.begin(), late.end());
    for (const auto& job : expired)
        job->fail(waited_too_long());
    return expired;
}

}  // namespace

Writer::Writer(const ConnectionOptions& connection, const Options& options,
               const std::filesystem::path& database, Clock clock, Report report)
    : options_(options),
      clock_(std::move(clock)),
      report_(std::move(report)),
      side_lock_(database),
      connection_(connection),
      checkpointer_(connection, report_),
      queue_(options.queue, options.background_queue),
      checkpoint_at_(static_cast<int>(options.checkpoint_size / bytes_per_frame)) {
    sqlite3_wal_hook(connection_.handle(), &Writer::on_commit, this);
    thread_ = std::thread([this] { run(); });
}

Writer::~Writer() {
    queue_.close();
    thread_.join();
}

void Writer::run() {
    while (true) {
        Group group = queue_.take(most_jobs_in_group);
        if (group.empty()) return;
        run_group(group);
        answer(std::move(group));
        look_after_log();
    }
}

void Writer::run_group(Group& group) {
    words_.clear();
    try {
        overwrite_refused_commit();
        begin(group);
        if (group.empty()) return;
        forget_what_others_changed();
        const auto now = clock_();
        for (const auto& job : group)
            run_job(*job, now);
        commit();
        if (failing_) report_(Severity::info, "the database takes writes again");
        failing_ = false;
        tell();
    } catch (...) {
        const auto error = std::current_exception();
        note_failure(error);
        const auto answer = translate(error);
        for (const auto& job : group)
            job->fail(answer);
    }
}

void Writer::run_job(Job<Transaction>& job, const Timestamp now) {
    Transaction transaction(connection_, &memory_, now);
    const bool good = job.run(transaction);
    // After some errors (a full disk) SQLite has taken the whole group back by itself.
    if (!connection_.in_transaction()) {
        if (job.error()) std::rethrow_exception(job.error());
        throw std::logic_error("a job ended the transaction of its group");
    }
    if (good) {
        transaction.keep();
        for (const auto* const word : transaction.words())
            if (std::ranges::find(words_, word) == words_.end()) words_.push_back(word);
    } else {
        transaction.undo();
        if (job.error()) job.fail(translate(job.error()));
    }
}

void Writer::begin(Group& group) {
    const auto give_up = std::chrono::steady_clock::now() + options_.lock_timeout;
    while (true) {
        answer(take_expired(group));
        if (group.empty()) return;
        const auto until = std::min(give_up, earliest_deadline(group));
        try {
            wait_for_pen(until);
            const auto left =
                std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
            sqlite3_busy_timeout(connection_.handle(), static_cast<int>(left.count()));
            connection_.query("BEGIN IMMEDIATE").step();
            return;
        } catch (...) {
            const bool a_job_is_over = until < give_up && std::chrono::steady_clock::now() >= until;
            if (!a_job_is_over) throw;
        }
    }
}

void Writer::wait_for_pen(const Deadline until) {
    // A process that asked for the pen has little to write; polling its side file is cheaper than a
    // hand-over.
    constexpr auto pause = std::chrono::milliseconds(1);
    while (side_lock_.held_elsewhere(SideLock::Part::writer_turn)) {
        if (std::chrono::steady_clock::now() >= until) {
            throw Unavailable(ErrorCode::storage_unavailable,
                              "another process holds the pen of the database");
        }
        std::this_thread::sleep_for(pause);
    }
}

void Writer::forget_what_others_changed() {
    Query version = connection_.query("PRAGMA data_version");
    version.step();
    if (version.integer(0) == data_version_) return;
    data_version_ = version.integer(0);
    memory_.clear();
}

void Writer::commit() {
    refused_may_stand_ = true;
    connection_.query("COMMIT").step();
    refused_may_stand_ = false;
}

void Writer::tell() {
    for (const auto* const word : words_) {
        try {
            (*word)();
        } catch (...) {
            // The group is written, whatever came of this.
            report_(Severity::error, "what follows a commit failed: " + describe(std::current_exception()));
        }
    }
}

void Writer::overwrite_refused_commit() {
    if (!refused_may_stand_) return;
    // The same number again: what counts is that another commit stands in the log where the refused one does.
    const auto version = std::to_string(connection_.integer("PRAGMA user_version"));
    connection_.execute("BEGIN IMMEDIATE");
    connection_.execute("PRAGMA user_version = " + version);
    connection_.execute("COMMIT");
    refused_may_stand_ = false;
}

void Writer::roll_back() {
    if (connection_.in_transaction()) connection_.query("ROLLBACK").step();
}

void Writer::note_failure(const std::exception_ptr& error) {
    memory_.clear();
    try {
        roll_back();
        overwrite_refused_commit();
    } catch (...) {
        report_(Severity::error,
                "a failed write could not be taken back yet: " + describe(std::current_exception()));
        if (connection_.in_transaction())
            sqlite3_exec(connection_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
    }
    if (!failing_) report_(Severity::error, "the database takes no writes: " + describe(error));
    failing_ = true;
}

int Writer::on_commit(void* const writer, sqlite3*, const char*, const int frames_in_log) {
    static_cast<Writer*>(writer)->frames_in_log_ = frames_in_log;
    return SQLITE_OK;
}

void Writer::look_after_log() {
    const int limit = static_cast<int>(options_.checkpoint_size / bytes_per_frame);
    if (frames_in_log_ < limit) {
        checkpoint_at_ = limit;
        if (log_is_stuck_) report_(Severity::info, "the write-ahead log starts over again");
        log_is_stuck_ = false;
    }
    if (frames_in_log_ >= checkpoint_at_) checkpointer_.request();
    if (!checkpointer_.take_finished()) return;

    // The short rest: what was committed while the bulk was moved. With all of it moved, the next write
    // starts the log over from its beginning.
    try {
        if (checkpoint_passively(connection_)) return;
    } catch (...) {
        report_(Severity::error, "a checkpoint failed: " + describe(std::current_exception()));
    }
    checkpoint_at_ = frames_in_log_ + limit / 4;
    if (!log_is_stuck_ && frames_in_log_ / stuck_factor >= limit) {
        log_is_stuck_ = true;
        report_(Severity::warning,
                "the write-ahead log has grown to " +
                    std::to_string(static_cast<std::uint64_t>(frames_in_log_) * bytes_per_frame >> 20U) +
                    " MiB: a reader has held its snapshot for long, or another program keeps it from being "
                    "checkpointed; close that to let the log start over");
    }
}

}  // namespace gateway::storage
