// Notices when a part of the daemon gets on no more, before its users do.
#pragma once

#include "server/health/findings.hpp"
#include "server/health/pulse.hpp"
#include "server/log/log.hpp"
#include "server/settings/monitoring_section.hpp"
#include "storage/engine/progress.hpp"

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace gateway::health {

/// Tests give their own.
struct Limits {
    /// How long a thread may be at one piece of work, or leave a question unanswered.
    std::chrono::milliseconds patience{20'000};
    /// Between two looks. With `patience`, what stalls is told of within 30 s.
    std::chrono::milliseconds interval{1'000};
    /// An I/O thread that has been silent for so long gets no new connection.
    std::chrono::milliseconds silence{5'000};
};

/// A thread that answers questions.
struct Answering {
    std::string name;
    Pulse* pulse;
};

/// Looks at everything with a thread of its own. A part that gets into trouble is one line in the log, and
/// one when it is well again.
class Watchdog {
  public:
    using Duration = std::chrono::steady_clock::duration;

    /// All of them outlive it.
    struct Parts {
        std::vector<storage::Worker> workers;
        std::vector<Answering> answering;
        std::filesystem::path folder;   ///< of the database: the disk that is not to run full
        std::function<Duration()> lag;  ///< how long a delivery has waited though nothing holds it up
        const HealthSettings& settings;
        Limits limits;
        Findings& findings;
        Log& log;
    };

    /// Throws std::system_error where its thread cannot be started.
    explicit Watchdog(Parts parts);
    ~Watchdog();
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;

    /// Whether no thread is stuck, which a restart would help against; what disk and receivers do has no part
    /// in it. Does not wait for the watchdog's own thread. Any thread.
    [[nodiscard]] bool threads_make_progress() const;

    /// Looks no more, from its return on: the parts are about to stop.
    void stop();

  private:
    void run();
    void look();
    [[nodiscard]] std::vector<Finding> look_at_threads() const;
    [[nodiscard]] std::string disk_trouble() const;
    [[nodiscard]] std::string lag_trouble() const;
    void tell_changes(const std::vector<Finding>& found) const;

    const Parts parts_;
    std::mutex mutex_;
    std::condition_variable stop_;
    bool stopping_ = false;  // under mutex_
    std::thread thread_;
};

}  // namespace gateway::health
