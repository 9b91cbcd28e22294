#include "server/backup/backup_schedule.hpp"

#include "server/backup/backup_files.hpp"
#include "storage/backup.hpp"
#include "storage/values/private_file.hpp"
#include "storage/values/thread_name.hpp"

#include <algorithm>
#include <exception>
#include <string>
#include <sys/resource.h>
#include <utility>
#include <vector>

namespace gateway::backup {

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr std::chrono::milliseconds first_retry = 1min;
constexpr std::chrono::milliseconds longest_retry = 1h;
/// How often the folder is looked at: the clock may be set, and people remove files.
constexpr std::chrono::milliseconds longest_wait = 1min;

}  // namespace

BackupSchedule::BackupSchedule(ScheduleRules rules, Clock clock, Log& log)
    : rules_(std::move(rules)), clock_(std::move(clock)), log_(log), retry_after_(first_retry) {}

void BackupSchedule::start() {
    if (rules_.every > 0ms) thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void BackupSchedule::run(const std::stop_token& stop) {
    constexpr int niceness = 10;
    name_this_thread("backup");
    ::setpriority(PRIO_PROCESS, 0, niceness);  // of this thread alone, on Linux
    std::mutex asleep;
    std::unique_lock lock(asleep);
    while (!stop.stop_requested())
        wake_.wait_for(lock, stop, turn(stop), [] { return false; });
}

std::chrono::milliseconds BackupSchedule::turn(const std::stop_token& stop) {
    try {
        const auto now = clock_();
        const auto left = time_left(now);
        if (left > 0ms) return std::min(left, longest_wait);
        make(now, stop);
        retry_after_ = first_retry;
        return std::min(rules_.every, longest_wait);
    } catch (const std::exception& failure) {
        return stop.stop_requested() ? 0ms : note_failure(failure);
    }
}

std::chrono::milliseconds BackupSchedule::time_left(const Timestamp now) const {
    auto backups = find_backups(rules_.folder, rules_.database);
    // Made while the clock was wrong; they say nothing of how old the others are.
    std::erase_if(backups, [now](const BackupEntry& backup) { return backup.made_at > now; });
    return backups.empty() ? 0ms : backups.back().made_at + rules_.every - now;
}

void BackupSchedule::make(const Timestamp now, const std::stop_token& stop) {
    const auto target = path_of_backup(rules_.folder, rules_.database, now);
    storage::make_folder_of(target);
    for (const auto& leaving : find_leavings(rules_.folder, rules_.database))
        fs::remove(leaving);
    const storage::BackupOptions options{.max_log = rules_.max_log, .stop = stop};
    const auto made = storage::create_backup(rules_.database, target, options);
    {
        const std::lock_guard lock(mutex_);
        state_.last_success = now;
        ++state_.successes;
        state_.last_bytes = made.contents.bytes;
        state_.last_took = made.took;
    }
    log_.info("backup made", {{"file", target.string()},
                              {"bytes", made.contents.bytes},
                              {"duration_ms", made.took},
                              {"largest_log", made.largest_log}});
    for (const auto& orphan : made.contents.orphans)
        log_.warning("a row in the backup refers to nothing, as in the database", {{"row", orphan}});
    remove_old(target);
}

void BackupSchedule::remove_old(const fs::path& made) const {
    auto backups = find_backups(rules_.folder, rules_.database);
    std::erase_if(backups, [&made](const BackupEntry& backup) { return backup.path == made; });
    const auto others = rules_.keep - 1;
    for (std::size_t i = 0; i + others < backups.size(); ++i)
        fs::remove(backups[i].path);
}

std::chrono::milliseconds BackupSchedule::note_failure(const std::exception& failure) {
    const auto again_in = std::exchange(retry_after_, std::min(2 * retry_after_, longest_retry));
    {
        const std::lock_guard lock(mutex_);
        ++state_.failures;
    }
    log_.error("a backup could not be made", {{"reason", failure.what()}, {"again_in_ms", again_in}});
    return again_in;
}

BackupState BackupSchedule::state() const {
    const std::lock_guard lock(mutex_);
    return state_;
}

}  // namespace gateway::backup
