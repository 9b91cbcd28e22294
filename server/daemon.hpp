// The composition root: the daemon's parts, made in the order they need each other.
#pragma once

#include "server/api/activation_rules.hpp"
#include "server/api/readiness.hpp"
#include "server/api/services.hpp"
#include "server/api/unreadable_rows.hpp"
#include "server/backup/backup_schedule.hpp"
#include "server/command/daemon_readings.hpp"
#include "server/delivery/deliveries.hpp"
#include "server/delivery/feed.hpp"
#include "server/delivery/housekeeping.hpp"
#include "server/delivery/intake.hpp"
#include "server/delivery/replay_runner.hpp"
#include "server/delivery/signing_keys.hpp"
#include "server/delivery/survey.hpp"
#include "server/delivery/webhook_secrets.hpp"
#include "server/gateway/bindings.hpp"
#include "server/gateway/http_server.hpp"
#include "server/health/findings.hpp"
#include "server/health/pulse.hpp"
#include "server/health/watchdog.hpp"
#include "server/log/log.hpp"
#include "server/metrics/metrics.hpp"
#include "server/outgoing/egress_policy.hpp"
#include "server/outgoing/system_resolver.hpp"
#include "server/outgoing/tls_context.hpp"
#include "server/settings/settings.hpp"
#include "storage/engine/database.hpp"
#include "storage/prepared_database.hpp"
#include "storage/values/timestamp.hpp"
#include "storage/values/type_id.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

namespace gateway::command {

/// What the daemon takes from the world around it; tests give their own.
struct Dependencies {
    Clock clock = system_now;
    RandomSource random = system_random;
    std::function<delivery::SteadyTime()> steady = std::chrono::steady_clock::now;
    std::unique_ptr<outgoing::Resolver> resolver = std::make_unique<outgoing::SystemResolver>();
    health::Limits health = {};
    Bindings bindings = bindings_of(api::tags());
};

/// A daemon of these settings. Destruction, in the reverse order, is the shutdown.
class Daemon {
  public:
    /// Connections are accepted on `acceptor_context`; it and the log outlive the daemon.
    /// Prepares the database and takes the port; throws what that throws.
    Daemon(boost::asio::io_context& acceptor_context, const Settings& settings, Log& log,
           Dependencies dependencies = {});

    [[nodiscard]] HttpServer& server() noexcept { return server_; }

    /// Takes over what can change at run time; of the rest, the settings are as they were. On the acceptor's
    /// thread, or while its context does not run. Throws std::exception, and changes nothing then.
    void apply(const Settings& settings);

    /// Takes no more requests and sends no more. False when some are still under way after `timeout`.
    bool stop(std::chrono::milliseconds timeout);

    /// Whether no thread is stuck: what a service manager may restart the daemon for. Any thread.
    [[nodiscard]] bool threads_make_progress() const { return watchdog_.threads_make_progress(); }

    [[nodiscard]] storage::Database& database() noexcept { return database_; }

    [[nodiscard]] storage::Secrets& secrets() noexcept { return prepared_.secrets(); }

  private:
    [[nodiscard]] api::Services services_of(const Settings& settings);
    [[nodiscard]] delivery::KeepingRules keeping_rules(const Settings& settings);
    [[nodiscard]] ServingRules serving_rules(const Settings& settings);

    std::vector<health::Answering> answering_threads();
    /// How long a delivery has waited for nothing but its turn.
    [[nodiscard]] std::chrono::steady_clock::duration deliveries_lag() const;

    Dependencies dependencies_;
    Log& log_;
    metrics::Metrics metrics_;
    health::Findings findings_;
    health::Pulse acceptor_pulse_;
    api::UnreadableRows unreadable_rows_;  // the threads of the database call it to their end

    // The file: locked, migrated, its key at hand; then the threads that read and write it.
    storage::PreparedDatabase prepared_;
    delivery::Feed feed_;
    delivery::Bell replay_bell_;
    storage::Database database_;

    // What keeps it bounded, on the acceptor's thread.
    delivery::Intake intake_;
    delivery::Housekeeping housekeeping_;
    delivery::Survey survey_;

    // What outgoing requests need.
    outgoing::EgressPolicy egress_policy_;
    outgoing::TlsContext tls_;

    // What signs deliveries.
    IdSource ids_;
    delivery::SigningKeys signing_keys_;
    delivery::SigningSecrets signing_secrets_;

    // The operations, and the threads that serve them.
    api::ActivationSlots activation_slots_;
    api::Readiness readiness_;
    api::Runtime runtime_;
    HttpServer server_;

    delivery::Deliveries deliveries_;
    delivery::ReplayRunner replays_;
    backup::BackupSchedule backups_;
    health::Watchdog watchdog_;
    DaemonReadings readings_;
};

}  // namespace gateway::command
