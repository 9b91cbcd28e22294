#include "server/command/daemon_readings.hpp"

#include "server/metrics/process.hpp"
#include "server/version.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <system_error>

namespace gateway::command {

using metrics::Readings;

namespace {

template <class Number>
void add(Readings& readings, const std::string& name, const std::string& help, const Number value,
         std::pair<std::string, std::string> label = {}) {
    readings.push_back({"session_gateway_" + name, help, static_cast<double>(value), std::move(label)});
}

/// 0 where there is no such file.
std::uintmax_t size_of(const std::filesystem::path& path) {
    std::error_code error;
    const auto size = std::filesystem::file_size(path, error);
    return error ? 0 : size;
}

}  // namespace

DaemonReadings::DaemonReadings(Parts parts) : parts_(std::move(parts)) {
    parts_.metrics.read_with([this] { return read(); });
}

DaemonReadings::~DaemonReadings() {
    parts_.metrics.read_with({});
}

Readings DaemonReadings::read() const {
    Readings readings;
    add(readings, "build_info", "The version that runs.", 1, {"version", std::string(version())});
    add(readings, "connections", "Connections of clients that are open.", parts_.server.connections());
    add(readings, "delivery_attempts_in_flight",
        "Requests to receivers that are under way, from the making of their bodies on.",
        parts_.deliveries.in_flight());
    add(readings, "log_lines_dropped_total",
        "Lines of the log that were lost, as its output took them too slowly or not at all.",
        parts_.log.dropped());
    const std::chrono::duration<double> lag = parts_.lag();
    add(readings, "delivery_lag_seconds",
        "How long a delivery has waited for its turn though its webhook is free to be called; 0 where none "
        "does.",
        lag.count());
    for (const auto& [part, trouble] : parts_.findings.all()) {
        add(readings, "part_ok", "Whether a part of the daemon is well (1), or in trouble (0).",
            trouble.empty(), {"part", part});
    }
    read_database(readings);
    read_survey(readings);
    read_backups(readings);
    std::ranges::move(metrics::process_readings(), std::back_inserter(readings));
    return readings;
}

void DaemonReadings::read_database(Readings& readings) const {
    const std::string name = "database_jobs_waiting";
    const std::string help = "Jobs that wait for the database, by queue.";
    using storage::Queue;
    add(readings, name, help, parts_.database.waiting(Queue::writes), {"queue", "writes"});
    add(readings, name, help, parts_.database.waiting(Queue::background), {"queue", "background"});
    add(readings, name, help, parts_.database.waiting(Queue::reads), {"queue", "reads"});
    auto log = parts_.file;
    log += "-wal";
    add(readings, "database_size_bytes", "Size of the database's file.", size_of(parts_.file));
    add(readings, "database_wal_size_bytes", "Size of the write-ahead log beside it.", size_of(log));
    std::error_code error;
    const auto space = std::filesystem::space(parts_.file, error);
    if (!error)
        add(readings, "disk_free_bytes", "Space that is left on the disk of the database.", space.available);
}

void DaemonReadings::read_survey(Readings& readings) const {
    const auto finding = parts_.survey.ask();
    if (!finding) return;
    const auto& [backlog, pages] = *finding;
    add(readings, "database_free_bytes", "Part of the database's file that is free to be used again.",
        pages.free * pages.size);
    add(readings, "deliveries_due",
        "Deliveries to active webhooks whose time has come, whatever the webhook waits for; of one webhook "
        "100000 at most. Up to five seconds old, or older where that is a lot.",
        backlog.due);
    const auto now = parts_.clock();
    const auto age = std::chrono::duration<double>(now - backlog.oldest.value_or(now));
    add(readings, "oldest_due_delivery_age_seconds",
        "How long the first of them has been due, be its webhook free to be called or not; 0 where none is.",
        std::max(age.count(), 0.0));
}

void DaemonReadings::read_backups(Readings& readings) const {
    const auto state = parts_.backups.state();
    add(readings, "backups_total", "Backups on schedule that were made.", state.successes);
    add(readings, "backup_failures_total", "Backups on schedule that could not be made.", state.failures);
    if (!state.last_success) return;
    const std::chrono::duration<double> made_at = state.last_success->time_since_epoch();
    const std::chrono::duration<double> took = state.last_took;
    add(readings, "last_backup_time_seconds", "When the last of them was made, in Unix time.",
        made_at.count());
    add(readings, "last_backup_size_bytes", "Size of the last of them.", state.last_bytes);
    add(readings, "last_backup_duration_seconds", "Time that the last of them took.", took.count());
}

}  // namespace gateway::command
