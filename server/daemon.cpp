#include "server/daemon.hpp"

#include "server/api/operation.hpp"
#include "server/api/user_sessions.hpp"
#include "server/command/rules.hpp"
#include "server/gateway/connect/proto_schema.hpp"
#include "server/gateway/docs/page.hpp"
#include "server/gateway/rest/openapi.hpp"
#include "server/version.hpp"
#include "storage/tables/daemon.hpp"
#include "storage/tables/sealing_key.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace gateway::command {

namespace {

storage::Report report_to(Log& log) {
    return [&log](const storage::Severity severity, const std::string& message) {
        switch (severity) {
            case storage::Severity::info:
                log.info(message);
                break;
            case storage::Severity::warning:
                log.warning(message);
                break;
            case storage::Severity::error:
                log.error(message);
                break;
        }
    };
}

storage::DatabaseOptions database_options(const DatabaseSettings& settings, storage::Observer& observer) {
    return {.synchronous = settings.synchronous,
            .readers = settings.readers,
            .write_queue = settings.write_queue,
            .read_queue = settings.read_queue,
            .checkpoint_size = settings.checkpoint_size,
            .checkpoints = settings.checkpoint,
            .busy_timeout = settings.busy_timeout,
            .observer = &observer};
}

boost::asio::awaitable<void> write_start(storage::Database& database) {
    constexpr auto patience = std::chrono::seconds(1);
    const auto note = [](storage::Transaction& transaction) {
        storage::note_daemon_start(transaction, std::string(version()));
        return true;
    };
    co_await database.write(note, std::chrono::steady_clock::now() + patience);
}

/// For those who ask the database since when it is served.
void note_start(storage::Database& database, Log& log) {
    boost::asio::io_context context(1);
    boost::asio::co_spawn(context, write_start(database), [&log](const std::exception_ptr& failure) {
        if (failure) log.warning("the start could not be noted in the database: " + describe(failure));
    });
    context.run();
}

}  // namespace

Daemon::Daemon(boost::asio::io_context& acceptor_context, const Settings& settings, Log& log,
               Dependencies dependencies)
    : dependencies_(std::move(dependencies)),
      log_(log),
      metrics_({.operations = api::operation_ids(), .per_app = settings.metrics.per_app}),
      acceptor_pulse_(acceptor_context),
      unreadable_rows_(log, dependencies_.clock),
      prepared_(settings.database.path, settings.secrets.key_file, dependencies_.random, dependencies_.clock,
                preparation_options(settings)),
      database_(prepared_.open(database_options(settings.database, metrics_), report_to(log)),
                database_options(settings.database, metrics_), dependencies_.clock, report_to(log),
                [this] {
                    feed_.anything_changed();
                    replay_bell_.ring();
                }),
      housekeeping_(database_, keeping_rules(settings), intake_, &feed_, dependencies_.clock, report_to(log),
                    dependencies_.steady, &metrics_),
      survey_(acceptor_context, database_, report_to(log)),
      egress_policy_(settings.delivery.allow_networks, settings.delivery.deny_networks),
      tls_(settings.delivery.ca_file),
      ids_(dependencies_.clock, dependencies_.random),
      signing_keys_({.database = database_, .secrets = prepared_.secrets(), .ids = ids_, .log = log}),
      signing_secrets_(database_,
                       {.secrets = prepared_.secrets(), .ids = ids_, .random = dependencies_.random},
                       std::chrono::seconds(3), &log),
      activation_slots_(settings.webhooks.running_activations),
      readiness_(
          [this](const storage::Deadline deadline) { return api::probe_database(database_, deadline); },
          dependencies_.clock),
      runtime_{.database = database_,
               .signing_keys = signing_keys_,
               .signing_secrets = signing_secrets_,
               .activation_slots = activation_slots_,
               .readiness = readiness_,
               .health = findings_,
               .metrics = metrics_,
               .metrics_are_public = settings.metrics.is_public,
               .log = log,
               .document = boost::json::serialize(openapi_document(api::tags())),
               .page = documentation_page(),
               .proto = connect::proto_text(connect::ProtoSchema(api::tags()))},
      server_({.acceptor_context = acceptor_context,
               .bindings = dependencies_.bindings,
               .rules = serving_rules(settings),
               .limits = settings.limits,
               .runtime = runtime_,
               .http_client = {egress_policy_, *dependencies_.resolver, tls_},
               .client_options = {.user_agent = user_agent()},
               .clock = dependencies_.clock,
               .steady = dependencies_.steady,
               .random = dependencies_.random,
               .silence = dependencies_.health.silence}),
      deliveries_({.http_client = {egress_policy_, *dependencies_.resolver, tls_},
                   .user_agent = user_agent(),
                   .database = database_,
                   .keys = signing_keys_,
                   .secrets = signing_secrets_,
                   .feed = feed_,
                   .ids = ids_,
                   .settings = settings.delivery,
                   .clock = dependencies_.clock,
                   .random = dependencies_.random,
                   .metrics = metrics_,
                   .log = log,
                   .steady = dependencies_.steady,
                   .notify_url = settings.operator_.notify_url}),
      replays_({.database = database_,
                .bell = replay_bell_,
                .feed = feed_,
                .expire_after = settings.delivery.expire_after,
                .log = log}),
      backups_({.database = prepared_.file().path(),
                .folder = std::filesystem::absolute(backup_folder(settings)),
                .every = settings.backup.every,
                .keep = settings.backup.keep,
                .max_log = settings.backup.max_wal},
               dependencies_.clock, log),
      watchdog_({.workers = database_.workers(),
                 .answering = answering_threads(),
                 .folder = prepared_.file().path().parent_path(),
                 .lag = [this] { return deliveries_lag(); },
                 .settings = settings.health,
                 .limits = dependencies_.health,
                 .findings = findings_,
                 .log = log}),
      readings_({.metrics = metrics_,
                 .findings = findings_,
                 .database = database_,
                 .server = server_,
                 .deliveries = deliveries_,
                 .survey = survey_,
                 .backups = backups_,
                 .lag = [this] { return deliveries_lag(); },
                 .log = log,
                 .clock = dependencies_.clock,
                 .file = prepared_.file().path()}) {
    const auto note_end = [&log](const std::exception_ptr& failure) {
        if (failure) log.error("old rows are removed no more: " + describe(failure));
    };
    boost::asio::co_spawn(acceptor_context, housekeeping_.run(), note_end);
    note_start(database_, log);
    for (const auto& warning : prepared_.warnings())
        log.warning(warning);
    if (prepared_.backup())
        log.info("backup made before the migrations", {{"file", prepared_.backup()->string()}});
    for (const auto& migration : prepared_.applied()) {
        log.info("migration applied", {{"number", migration.number}, {"name", migration.name}});
    }
    if (prepared_.shut_secrets() > 0) {
        log.warning(
            "secrets do not open with the key in use: set them again, or put back the key file that sealed "
            "them",
            {{"count", prepared_.shut_secrets()}, {"query", storage::shut_secrets_query}});
    }
    backups_.start();
}

std::vector<health::Answering> Daemon::answering_threads() {
    std::vector<health::Answering> all{{"acceptor", &acceptor_pulse_}, {"dispatcher", &deliveries_.pulse()}};
    int number = 0;
    for (auto* const pulse : server_.pulses())
        all.push_back({"io " + std::to_string(++number), pulse});
    return all;
}

std::chrono::steady_clock::duration Daemon::deliveries_lag() const {
    const auto since = deliveries_.waiting_since();
    return since ? dependencies_.steady() - *since : std::chrono::steady_clock::duration(0);
}

api::Services Daemon::services_of(const Settings& settings) {
    return {.secrets = prepared_.secrets(),
            .ids = ids_,
            .webhooks = settings.webhooks,
            .activation = activation_rules(settings),
            .random = dependencies_.random,
            .sessions = settings.sessions,
            .secret_overlap = settings.delivery.secret_overlap,
            .report_unreadable = [this](const std::string& row) { unreadable_rows_.tell(row); },
            .feed = &feed_,
            .intake = &intake_,
            .replay_bell = &replay_bell_,
            .expire_after = settings.delivery.expire_after};
}

delivery::KeepingRules Daemon::keeping_rules(const Settings& settings) {
    const auto end_sessions = [services = services_of(settings)](
                                  storage::Transaction& transaction,
                                  const std::span<const std::int64_t> sessions) {
        return api::end_old_sessions(transaction, sessions, services);
    };
    return {.expire_after = settings.delivery.expire_after,
            .retention = settings.retention,
            .session_age = settings.sessions.max_age,
            .end_sessions = end_sessions};
}

ServingRules Daemon::serving_rules(const Settings& settings) {
    return {settings.server, settings.events, std::make_shared<const api::Services>(services_of(settings))};
}

void Daemon::apply(const Settings& settings) {
    // What may throw comes first.
    const outgoing::EgressPolicy policy(settings.delivery.allow_networks, settings.delivery.deny_networks);
    server_.apply(TlsFiles{settings.server.tls_certificate, settings.server.tls_key});
    log_.apply(settings.log);
    activation_slots_.set_most(settings.webhooks.running_activations);
    housekeeping_.apply(keeping_rules(settings));
    server_.apply(serving_rules(settings), settings.limits, policy);
    deliveries_.apply(settings.delivery, settings.operator_.notify_url, policy);
    replays_.apply(settings.delivery.expire_after);
}

bool Daemon::stop(const std::chrono::milliseconds timeout) {
    watchdog_.stop();
    const auto until = std::chrono::steady_clock::now() + timeout;
    const bool served = server_.stop(timeout);
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    return deliveries_.stop(std::max(left, std::chrono::milliseconds(0))) && served;
}

}  // namespace gateway::command
