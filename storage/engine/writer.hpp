// The one thread that writes: it commits what waits in groups, so that many callers share one flush to the
// disk.
#pragma once

#include "storage/engine/job.hpp"
#include "storage/engine/report.hpp"
#include "storage/engine/row_memory.hpp"
#include "storage/engine/transaction.hpp"
#include "storage/sqlite/checkpointer.hpp"
#include "storage/sqlite/connection.hpp"
#include "storage/sqlite/side_lock.hpp"

#include <thread>

namespace gateway::storage {

/// Takes what its queue holds into one BEGIN IMMEDIATE … COMMIT, each job undoable alone, and answers the
/// callers after the commit. A single caller never waits for company: a group is what has gathered while the
/// last one was being committed.
class Writer {
  public:
    struct Options {
        std::size_t queue = 4'096;                     ///< requests that may wait
        std::size_t background_queue = 1'024;          ///< background jobs that may wait
        std::uint64_t checkpoint_size = 64ULL << 20U;  ///< bytes of log at which it is checkpointed
        std::chrono::milliseconds lock_timeout{
            5'000};  ///< how long another process may hold pen or write lock
    };

    Writer(const ConnectionOptions& connection, const Options& options, const std::filesystem::path& database,
           Clock clock, Report report);

    /// Commits what waits, then stops.
    ~Writer();
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    [[nodiscard]] JobQueue<Transaction>& queue() noexcept { return queue_; }

  private:
    using Group = Jobs<Transaction>;

    void run();
    void run_group(Group& group);
    void run_job(Job<Transaction>& job, Timestamp now);
    /// Begins the group's transaction, waiting for other processes as long as the options allow. A job whose
    /// deadline passes meanwhile is answered and taken out; where none is left, nothing is begun.
    void begin(Group& group);
    void wait_for_pen(Deadline until);
    void forget_what_others_changed();
    void look_after_log();
    void note_failure(const std::exception_ptr& error);
    void commit();
    /// Calls what the jobs of the group asked for with after_commit().
    void tell();
    /// A commit that failed at its last step, the sync, stands whole in the log, and a restart would find it.
    void overwrite_refused_commit();
    void roll_back();

    static int on_commit(void* writer, sqlite3* handle, const char* schema, int frames_in_log);

    const Options options_;
    Clock clock_;
    Report report_;
    SideLock side_lock_;
    Connection connection_;
    Checkpointer checkpointer_;
    JobQueue<Transaction> queue_;

    // Below: the writer thread's alone.
    RowMemory memory_;
    std::vector<const AfterCommit*> words_;  ///< of the group under way, each once
    std::int64_t data_version_ = 0;
    int frames_in_log_ = 0;
    int checkpoint_at_;  ///< frames in the log at which the next checkpoint is asked for
    bool failing_ = false;
    bool refused_may_stand_ = false;  ///< see overwrite_refused_commit()
    bool log_is_stuck_ = false;

    std::thread thread_;
};

}  // namespace gateway::storage
