// What the parts of a running daemon are at, for its metrics.
#pragma once

#include "server/backup/backup_schedule.hpp"
#include "server/delivery/deliveries.hpp"
#include "server/delivery/survey.hpp"
#include "server/gateway/http_server.hpp"
#include "server/health/findings.hpp"
#include "server/log/log.hpp"
#include "server/metrics/metrics.hpp"
#include "storage/engine/database.hpp"
#include "storage/values/timestamp.hpp"

#include <chrono>
#include <filesystem>
#include <functional>

namespace gateway::command {

/// The metrics read the parts as long as this lives.
class DaemonReadings {
  public:
    /// All of them outlive it.
    struct Parts {
        metrics::Metrics& metrics;
        const health::Findings& findings;
        const storage::Database& database;
        const HttpServer& server;
        const delivery::Deliveries& deliveries;
        delivery::Survey& survey;
        const backup::BackupSchedule& backups;
        std::function<std::chrono::steady_clock::duration()> lag;
        const Log& log;
        const Clock& clock;
        std::filesystem::path file;  ///< of the database
    };

    explicit DaemonReadings(Parts parts);
    ~DaemonReadings();
    DaemonReadings(const DaemonReadings&) = delete;
    DaemonReadings& operator=(const DaemonReadings&) = delete;

  private:
    /// On the metrics' thread.
    [[nodiscard]] metrics::Readings read() const;
    void read_database(metrics::Readings& readings) const;
    void read_survey(metrics::Readings& readings) const;
    void read_backups(metrics::Readings& readings) const;

    Parts parts_;
};

}  // namespace gateway::command
