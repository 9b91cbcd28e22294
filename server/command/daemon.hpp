// The composition root: the daemon's parts, made in the order they need each other.
#pragma once

#include "server/api/activation_rules.hpp"
#include "server/api/call.hpp"
#include "server/delivery/egress_policy.hpp"
#include "server/delivery/resolver.hpp"
#include "server/delivery/tls_context.hpp"
#include "server/gateway/http_server.hpp"
#include "server/log.hpp"
#include "server/settings.hpp"
#include "storage/database.hpp"
#include "storage/prepared_database.hpp"
#include "storage/timestamp.hpp"
#include "storage/type_id.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <memory>

namespace gateway::command {

/// What the daemon takes from the world around it; tests give their own.
struct Surroundings {
    Clock clock = system_now;
    RandomSource random = system_random;
    std::unique_ptr<delivery::Resolver> resolver = std::make_unique<delivery::SystemResolver>();
};

/// A daemon of these settings. Destruction, in the reverse order, is the shutdown.
class Daemon {
  public:
    /// Connections are accepted on `acceptor_context`; it, the settings and the log outlive the daemon.
    /// Prepares the database and takes the port; throws what that throws.
    Daemon(boost::asio::io_context& acceptor_context, const Settings& settings, Log& log,
           Surroundings surroundings = {});

    [[nodiscard]] HttpServer& server() noexcept { return server_; }

    [[nodiscard]] storage::Secrets& secrets() noexcept { return prepared_.secrets(); }

  private:
    Surroundings surroundings_;

    // The file: locked, migrated, its key at hand; then the threads that read and write it.
    storage::PreparedDatabase prepared_;
    storage::Database database_;

    // What outgoing requests need.
    delivery::EgressPolicy egress_policy_;
    delivery::TlsContext tls_;

    // The operations, and the threads that serve them.
    IdSource ids_;
    api::ActivationSlots activation_slots_;
    api::Services services_;
    HttpServer server_;
};

}  // namespace gateway::command
