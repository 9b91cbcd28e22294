// The one thread that writes: it commits what waits in groups, so that many callers share one flush to the
// disk.
#pragma once

#include "storage/engine/job.hpp"
#include "storage/engine/observer.hpp"
#include "storage/engine/progress.hpp"
#include "storage/engine/report.hpp"
#include "storage/engine/row_memory.hpp"
#include "storage/engine/session.hpp"
#include "storage/engine/transaction.hpp"

#include <memory>
#include <thread>
#include <vector>

namespace gateway::storage {

/// Takes what its queue holds into one transaction, each job undoable alone, and answers the
/// callers after the commit. A single caller never waits for company: a group is what has gathered while the
/// last one was being committed.
class Writer {
  public:
    struct Options {
        std::size_t queue = 4'096;                      ///< requests that may wait
        std::size_t background_queue = 1'024;           ///< background jobs that may wait
        std::chrono::milliseconds lock_timeout{5'000};  ///< how long another process may keep a group waiting
        Observer* observer = nullptr;                   ///< outlives the writer; nobody listens without one
    };

    /// Throws std::system_error where its thread cannot be started.
    /// `changed_by_others` is called on the writer's thread when another process has changed the database, a
    /// second later at most; it may be empty.
    Writer(std::unique_ptr<WriteSession> session, const Options& options, Clock clock, Report report,
           AfterCommit changed_by_others = {});

    /// Commits what waits, then stops.
    ~Writer();
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    [[nodiscard]] JobQueue<Transaction>& queue() noexcept { return queue_; }

    [[nodiscard]] const JobQueue<Transaction>& queue() const noexcept { return queue_; }

    [[nodiscard]] const Progress& progress() const noexcept { return progress_; }

    /// How long other processes may keep it waiting at a time.
    [[nodiscard]] std::chrono::milliseconds longest_wait() const noexcept { return options_.lock_timeout; }

  private:
    using Group = Jobs<Transaction>;

    void run();
    void tell_waits(const Group& group) const;
    void run_group(Group& group);
    void commit(std::size_t jobs);
    /// While nobody writes, so that the operator hears of a database that is lost, and changes of others are
    /// seen.
    void look_at_database();
    void run_job(Job<Transaction>& job, Timestamp now);
    /// Begins the group's transaction, waiting for other processes as long as the options allow. A job whose
    /// deadline passes meanwhile is answered and taken out; where none is left, nothing is begun.
    void begin(Group& group);
    void note_failure(const std::exception_ptr& error);
    void forget_what_others_changed();
    /// Calls what the jobs of the group asked for with after_commit().
    void tell();
    void tell(const AfterCommit& word);

    const Options options_;
    Clock clock_;
    Report report_;
    AfterCommit changed_by_others_;
    std::unique_ptr<WriteSession> session_;
    JobQueue<Transaction> queue_;
    Progress progress_;

    // Below: the writer thread's alone.
    RowMemory memory_;
    std::vector<AfterCommit> words_;  ///< of the group under way
    bool failing_ = false;
    bool leftover_ = false;  ///< what failed could not be taken back

    std::thread thread_;
};

}  // namespace gateway::storage
