#include "server/command/file_limit.hpp"
#include "server/command/line_parts.hpp"
#include "server/command/reloader.hpp"
#include "server/command/service_manager.hpp"
#include "server/command/subcommand.hpp"
#include "server/daemon.hpp"
#include "server/log/log.hpp"
#include "server/settings/listen_address.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <functional>
#include <iostream>
#include <unistd.h>

namespace gateway::command {

namespace asio = boost::asio;

namespace {

/// Takes the signals of the process in, from its making on. SIGTERM and SIGINT stop `context`.
class Signals {
  public:
    Signals(asio::io_context& context, Log& log)
        : context_(context), log_(log), stop_(context, SIGTERM, SIGINT), hang_up_(context, SIGHUP) {
        std::signal(SIGPIPE, SIG_IGN);
        stop_.async_wait([this](const boost::system::error_code& error, const int signal) {
            if (error) return;
            log_.info("stopping", {{"signal", signal}});
            context_.stop();
        });
        wait_for_hang_up();
    }

    /// What is done about each SIGHUP. Before the context runs.
    void on_hang_up(std::function<void()> act) { act_ = std::move(act); }

    /// From now on SIGTERM and SIGINT end the process at once.
    void leave_at_once() {
        stop_.clear();
        const auto leave = [](int) { _exit(1); };
        std::signal(SIGTERM, leave);
        std::signal(SIGINT, leave);
    }

  private:
    void wait_for_hang_up() {
        hang_up_.async_wait([this](const boost::system::error_code& error, int) {
            if (error) return;
            act_();
            wait_for_hang_up();
        });
    }

    asio::io_context& context_;
    Log& log_;
    asio::signal_set stop_;
    asio::signal_set hang_up_;
    std::function<void()> act_ = [] {};
};

void tell_of_listeners(const std::vector<ListenAddress>& addresses, const Settings& settings, Log& log) {
    const auto database = std::filesystem::absolute(settings.database.path).string();
    for (const auto& address : addresses) {
        const auto url = to_string(address);
        if (is_exposed(address))
            log.warning(
                "plain HTTP on an address that others can reach: listen with https, or put a TLS proxy in "
                "front",
                {{"url", url}});
        log.info("listening", {{"url", url}, {"database", database}});
    }
}

int serve(const LoadedSettings& loaded) {
    const Settings& settings = loaded.settings;
    Log log(settings.log, system_now);
    raise_file_limit(settings.server.max_connections, log);
    asio::io_context context(1);
    Signals signals(context, log);
    Daemon daemon(context, settings, log);
    HttpServer& server = daemon.server();
    server.start();
    Reloader reloader(loaded, daemon, log);

    const auto addresses = server.addresses();
    tell_of_listeners(addresses, settings, log);
    const auto url = to_string(addresses.front());
    std::cout << "session-gateway listening on " << url << std::endl;
    std::cout.clear();  // nobody has to read that line

    const ServiceManager manager;
    const auto status = "Listening on " + url;
    if (!manager.ready(status)) log.warning("the service manager cannot be told of the daemon");
    signals.on_hang_up([&] {
        manager.reloading();
        reloader.reload();
        manager.ready(status);
    });
    const WatchdogFeed watchdog(context, manager, [&daemon] { return daemon.threads_make_progress(); });
    context.run();
    manager.stopping();
    signals.leave_at_once();
    if (!daemon.stop(reloader.settings().server.shutdown_timeout)) {
        log.error("requests were still under way after server.shutdown_timeout; leaving them");
        log.drain();
        std::_Exit(1);
    }
    log.info("stopped");
    return 0;
}

}  // namespace

void add_serve(CLI::App& line, Invocation& invocation) {
    auto* const command = add_command(line, "serve", "Run the daemon");
    command->callback([&invocation] { invocation.action = serve; });
}

}  // namespace gateway::command
