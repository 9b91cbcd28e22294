#include "server/api/call.hpp"
#include "server/command/subcommand.hpp"
#include "server/gateway/http_server.hpp"
#include "server/log.hpp"
#include "storage/database.hpp"
#include "storage/prepared_database.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <iostream>
#include <sys/resource.h>
#include <unistd.h>

namespace gateway::command {

namespace asio = boost::asio;

namespace {

// What the daemon opens beside its connections: database, log, epoll, and room to turn clients away.
constexpr rlim_t own_files = 1'000;

/// A connection is a file descriptor.
void raise_file_limit(const std::size_t connections, Log& log) {
    const rlim_t wanted = connections + own_files;
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur >= wanted) return;
    const rlim_t before = limit.rlim_cur;
    limit.rlim_cur = wanted;
    limit.rlim_max = std::max(limit.rlim_max, wanted);  // more than the hard limit needs privileges
    if (setrlimit(RLIMIT_NOFILE, &limit) == 0) return;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    log.warning("the file limit is too low for server.max_connections; raise it (ulimit -n, LimitNOFILE=)",
                {{"was", before}, {"is", limit.rlim_cur}, {"wanted", wanted}});
}

storage::Report report_to(Log& log) {
    return [&log](const storage::Severity severity, const std::string& message) {
        switch (severity) {
            case storage::Severity::info: log.info(message); break;
            case storage::Severity::warning: log.warning(message); break;
            case storage::Severity::error: log.error(message); break;
        }
    };
}

storage::DatabaseOptions database_options(const DatabaseSettings& settings) {
    return {.path = settings.path,
            .synchronous = settings.synchronous,
            .readers = settings.readers,
            .write_queue = settings.write_queue,
            .read_queue = settings.read_queue,
            .checkpoint_size = settings.checkpoint_size,
            .busy_timeout = settings.busy_timeout};
}

/// Runs `context` until SIGTERM or SIGINT; a second one, from then on, ends the process at once.
void run_until_signal(asio::io_context& context, Log& log) {
    std::signal(SIGPIPE, SIG_IGN);
    asio::signal_set stop(context, SIGTERM, SIGINT);
    stop.async_wait([&](const boost::system::error_code& error, const int signal) {
        if (error) return;
        log.info("stopping", {{"signal", signal}});
        context.stop();
    });
    asio::signal_set hang_up(context, SIGHUP);
    const std::function<void()> wait = [&] {
        hang_up.async_wait([&](const boost::system::error_code& error, int) {
            if (error) return;
            log.info("SIGHUP noted: settings are read at the start only");
            wait();
        });
    };
    wait();
    context.run();
    stop.clear();
    const auto leave_at_once = [](int) { _exit(1); };
    std::signal(SIGTERM, leave_at_once);
    std::signal(SIGINT, leave_at_once);
}

void warn_if_exposed(const asio::ip::tcp::endpoint& endpoint, Log& log) {
    if (endpoint.address().is_loopback()) return;
    log.warning("plain HTTP on an address that others can reach: put a TLS proxy in front",
                {{"address", endpoint.address().to_string()}});
}

std::string url_of(const asio::ip::tcp::endpoint& endpoint) {
    const auto address = endpoint.address().to_string();
    const auto host = endpoint.address().is_v6() ? "[" + address + "]" : address;
    return "http://" + host + ":" + std::to_string(endpoint.port());
}

/// The composition root: every part in the order it is needed, destroyed in the reverse order.
int serve(const LoadedSettings& loaded) {
    const Settings& settings = loaded.settings;
    Log log(settings.log, system_now);
    raise_file_limit(settings.server.max_connections, log);

    // The file: locked, migrated, its key at hand.
    storage::PreparedDatabase prepared(settings.database.path, settings.secrets.key_file, system_random, system_now);
    for (const auto& migration : prepared.applied()) {
        log.info("migration applied", {{"number", migration.number}, {"name", migration.name}});
    }

    // The threads that read and write it.
    storage::Database database(database_options(settings.database), system_now, report_to(log));

    // The operations and the threads that serve them.
    const api::Services services{database};
    asio::io_context context(1);
    HttpServer server({context, settings.server, services, system_now, system_random, log});
    server.start();

    const auto url = url_of(server.endpoint());
    warn_if_exposed(server.endpoint(), log);
    log.info("listening", {{"url", url}, {"database", std::filesystem::absolute(settings.database.path).string()}});
    std::cout << "session-gateway listening on " << url << std::endl;

    run_until_signal(context, log);
    if (!server.stop(settings.server.shutdown_timeout)) {
        log.error("requests were still under way after server.shutdown_timeout; leaving them");
        std::_Exit(1);
    }
    log.info("stopped");
    return 0;
}

}  // namespace

void add_serve(CLI::App& line, Invocation& invocation) {
    auto* const command = line.add_subcommand("serve", "Run the daemon");
    command->callback([&invocation] { invocation.action = serve; });
}

}  // namespace gateway::command
