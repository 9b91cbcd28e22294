// What operations work with.
#pragma once

#include "server/api/activation_rules.hpp"
#include "server/api/readiness.hpp"
#include "server/delivery/bell.hpp"
#include "server/delivery/feed.hpp"
#include "server/delivery/intake.hpp"
#include "server/delivery/signing_keys.hpp"
#include "server/delivery/webhook_secrets.hpp"
#include "server/health/findings.hpp"
#include "server/log/log.hpp"
#include "server/metrics/metrics.hpp"
#include "server/settings/sessions_section.hpp"
#include "server/settings/webhooks_section.hpp"
#include "storage/engine/database.hpp"
#include "storage/secrets/secrets.hpp"
#include "storage/values/type_id.hpp"
#include "storage/values/unreadable.hpp"

#include <chrono>
#include <string>

namespace gateway::api {

/// What the functions of transactions work with, in the daemon and in a subcommand alike.
struct Services {
    storage::Secrets& secrets;
    IdSource& ids;
    WebhookSettings webhooks;
    ActivationRules activation;
    RandomSource random;
    SessionSettings sessions = {};
    std::chrono::milliseconds secret_overlap{};  ///< the setting delivery.secret_overlap
    storage::ReportUnreadable report_unreadable = {};
    delivery::Feed* feed =
        nullptr;  ///< told after commits; nobody in a subcommand: the daemon notices by itself
    const delivery::Intake* intake = nullptr;  ///< asked before events are taken; nobody in a subcommand
    delivery::Bell* replay_bell = nullptr;     ///< rung when a replay was begun; as `feed`
    std::chrono::milliseconds expire_after{std::chrono::days(14)};  ///< the setting delivery.expire_after
};

/// What the calls of a running daemon work with besides; the same for all threads. All of it outlives them.
struct Runtime {
    storage::Database& database;
    delivery::SigningKeys& signing_keys;
    delivery::SigningSecrets& signing_secrets;
    ActivationSlots& activation_slots;
    Readiness& readiness;
    const health::Findings& health;
    metrics::Metrics& metrics;
    bool metrics_are_public;  ///< the setting metrics.public
    Log& log;
    std::string document;  ///< the API's description of itself, for getOpenApi
    std::string page;      ///< the same for people, for getDocumentation
    std::string proto;     ///< the same as a .proto file, for getProto
};

}  // namespace gateway::api
