#include "server/command/reload_file.hpp"
#include "server/command/subcommand.hpp"

#include <CLI/CLI.hpp>
#include <boost/algorithm/string/join.hpp>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <iostream>
#include <system_error>
#include <thread>

namespace gateway::command {

namespace {

constexpr std::chrono::seconds patience{30};
constexpr std::chrono::milliseconds pause{20};

ServingDaemon require_daemon(const std::filesystem::path& database) {
    if (auto daemon = find_daemon(database)) return *std::move(daemon);
    throw Failure("no daemon serves " + std::filesystem::absolute(database).string() +
                  "; it reads its settings when it starts");
}

/// What the daemon says of a reload that is not among the first `before`.
ReloadOutcome wait_for_outcome(const std::filesystem::path& database, const std::uint64_t before) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < deadline) {
        const auto daemon = find_daemon(database);
        if (!daemon) throw Failure("the daemon has ended");
        if (daemon->outcome && daemon->outcome->number > before) return *daemon->outcome;
        std::this_thread::sleep_for(pause);
    }
    throw Failure("the daemon does not say what came of the reload; its log may");
}

std::uint64_t reloads_so_far(const std::filesystem::path& database) {
    while (true) {
        if (const auto daemon = require_daemon(database); daemon.outcome) return daemon.outcome->number;
        std::this_thread::sleep_for(pause);
    }
}

int reload(const LoadedSettings& loaded) {
    const auto& database = loaded.settings.database.path;
    const auto before = reloads_so_far(database);
    if (::kill(require_daemon(database).process, SIGHUP) != 0)
        throw Failure("the daemon cannot be told: " + std::generic_category().message(errno));
    const auto outcome = wait_for_outcome(database, before);
    if (!outcome.error.empty()) throw Failure("nothing has changed: " + outcome.error);
    if (outcome.changed.empty()) std::cout << "nothing to change\n";
    if (!outcome.changed.empty()) std::cout << "changed: " << boost::join(outcome.changed, ", ") << '\n';
    if (!outcome.needs_restart.empty())
        std::cout << "needs a restart: " << boost::join(outcome.needs_restart, ", ") << '\n';
    return 0;
}

}  // namespace

void add_reload(CLI::App& line, Invocation& invocation) {
    auto* const command = line.add_subcommand(
        "reload", "Have the running daemon read its settings again, and say what changed");
    command->callback([&invocation] { invocation.action = reload; });
}

}  // namespace gateway::command
