// Backups that the daemon makes by itself.
#pragma once

#include "server/log/log.hpp"
#include "storage/values/timestamp.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

namespace gateway::backup {

struct ScheduleRules {
    std::filesystem::path database;  ///< as it is opened: absolute, without symbolic links
    std::filesystem::path folder;
    std::chrono::milliseconds every{0};  ///< 0: none are made
    std::size_t keep = 1;                ///< at least 1
    std::uint64_t max_log = 0;           ///< see storage::BackupOptions
};

/// What came of it since the start.
struct BackupState {
    std::optional<Timestamp> last_success;
    std::uint64_t successes = 0;
    std::uint64_t failures = 0;
    std::uint64_t last_bytes = 0;  ///< of the last success, as is the next
    std::chrono::milliseconds last_took{0};
};

/// Makes a backup whenever the newest one in the folder is older than `every`, and removes the oldest beyond
/// `keep`. What fails is logged and tried again after a minute, then two, four … and an hour.
class BackupSchedule {
  public:
    /// Starts nothing. `log` outlives this.
    BackupSchedule(ScheduleRules rules, Clock clock, Log& log);

    /// Gives up the backup that is under way.
    ~BackupSchedule() = default;
    BackupSchedule(const BackupSchedule&) = delete;
    BackupSchedule& operator=(const BackupSchedule&) = delete;

    /// Has a thread of its own take turns, at nice 10, unless none are to be made.
    void start();

    /// Makes a backup if one is due, and gives the time after which to call this again. A request to stop
    /// gives the backup up.
    std::chrono::milliseconds turn(const std::stop_token& stop = {});

    /// Any thread.
    [[nodiscard]] BackupState state() const;

  private:
    void run(const std::stop_token& stop);
    [[nodiscard]] std::chrono::milliseconds time_left(Timestamp now) const;
    void make(Timestamp now, const std::stop_token& stop);
    void remove_old(const std::filesystem::path& made) const;
    std::chrono::milliseconds note_failure(const std::exception& failure);

    const ScheduleRules rules_;
    const Clock clock_;
    Log& log_;
    std::chrono::milliseconds retry_after_;
    mutable std::mutex mutex_;
    BackupState state_;  // under mutex_
    std::condition_variable_any wake_;
    std::jthread thread_;  // last, so that it ends first
};

}  // namespace gateway::backup
