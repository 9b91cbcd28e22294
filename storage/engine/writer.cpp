#include "storage/engine/writer.hpp"

#include "storage/values/thread_name.hpp"

#include <algorithm>
#include <iterator>
#include <ranges>

namespace gateway::storage {

namespace {

// Keeps the wait of the first in a group in hand; more in one commit gains nothing measurable.
constexpr std::size_t most_jobs_in_group = 256;

constexpr std::chrono::seconds longest_unwatched{1};

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

Writer::Writer(std::unique_ptr<WriteSession> session, const Options& options, Clock clock, Report report,
               AfterCommit changed_by_others)
    : options_(options),
      clock_(std::move(clock)),
      report_(std::move(report)),
      changed_by_others_(std::move(changed_by_others)),
      session_(std::move(session)),
      queue_(options.queue, options.background_queue),
      thread_([this] { run(); }) {}

Writer::~Writer() {
    queue_.close();
    thread_.join();
}

void Writer::run() {
    name_this_thread("writer");
    while (true) {
        auto group = queue_.take_within(most_jobs_in_group, longest_unwatched);
        if (group && group->empty()) return;
        progress_.begin();
        if (group) {
            tell_waits(*group);
            run_group(*group);
            answer(*std::move(group));
            session_->after_group();
        } else {
            look_at_database();
        }
        progress_.end();
    }
}

void Writer::tell_waits(const Group& group) const {
    if (!options_.observer) return;
    const auto now = std::chrono::steady_clock::now();
    for (const auto& job : group) {
        const auto queue = job->job_class() == JobClass::request ? Queue::writes : Queue::background;
        options_.observer->job_waited(queue, now - job->arrived());
    }
}

void Writer::look_at_database() {
    try {
        session_->require_sound();
        if (session_->changed_by_others()) forget_what_others_changed();
    } catch (...) {
        note_failure(std::current_exception());
    }
}

void Writer::run_group(Group& group) {
    words_.clear();
    try {
        begin(group);
        if (group.empty()) return;
        const auto now = clock_();
        for (const auto& job : group)
            run_job(*job, now);
        commit(group.size());
        if (failing_) report_(Severity::info, "the database takes writes again");
        failing_ = leftover_ = false;
        tell();
    } catch (...) {
        const auto error = std::current_exception();
        note_failure(error);
        const auto answer = session_->session().translate(error);
        for (const auto& job : group)
            job->fail(answer);
    }
}

void Writer::commit(const std::size_t jobs) {
    const auto begin = std::chrono::steady_clock::now();
    session_->commit();
    if (options_.observer) options_.observer->committed(jobs, std::chrono::steady_clock::now() - begin);
}

void Writer::run_job(Job<Transaction>& job, const Timestamp now) {
    Session& session = session_->session();
    Transaction transaction(session, &memory_, now);
    const bool good = job.run(transaction);
    // After some errors (a full disk) the engine has taken the whole group back by itself.
    if (!session.in_transaction()) {
        if (job.error()) std::rethrow_exception(job.error());
        throw std::logic_error("a job ended the transaction of its group");
    }
    if (good) {
        transaction.keep();
        std::ranges::move(transaction.words(), std::back_inserter(words_));
    } else {
        transaction.undo();
        if (job.error()) job.fail(session.translate(job.error()));
    }
}

void Writer::begin(Group& group) {
    const auto give_up = std::chrono::steady_clock::now() + options_.lock_timeout;
    while (true) {
        answer(take_expired(group));
        if (group.empty()) return;
        const auto until = std::min(give_up, earliest_deadline(group));
        try {
            session_->begin(until);
            if (session_->changed_by_others()) forget_what_others_changed();
            return;
        } catch (...) {
            const bool a_job_is_over = until < give_up && std::chrono::steady_clock::now() >= until;
            if (!a_job_is_over) throw;
        }
    }
}

void Writer::forget_what_others_changed() {
    memory_.clear();
    if (changed_by_others_) tell(changed_by_others_);
}

void Writer::tell() {
    for (const auto& word : words_)
        tell(word);
}

void Writer::tell(const AfterCommit& word) {
    try {
        word();
    } catch (...) {
        // What is written is written, whatever came of this.
        report_(Severity::error, "what follows a commit failed: " + describe(std::current_exception()));
    }
}

void Writer::note_failure(const std::exception_ptr& error) {
    memory_.clear();
    try {
        session_->roll_back();
        leftover_ = false;
    } catch (...) {
        const auto why = describe(std::current_exception());
        if (!leftover_) report_(Severity::error, "a failed write could not be taken back yet: " + why);
        leftover_ = true;
    }
    if (!failing_) report_(Severity::error, "the database takes no writes: " + describe(error));
    failing_ = true;
}

}  // namespace gateway::storage
