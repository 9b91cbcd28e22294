#include "server/command/reloader.hpp"

#include "server/command/file_limit.hpp"

#include <boost/algorithm/string/join.hpp>

#include <exception>
#include <utility>

namespace gateway::command {

Reloader::Reloader(const LoadedSettings& loaded, Daemon& daemon, Log& log)
    : sources_(loaded.sources),
      settings_(loaded.settings),
      daemon_(daemon),
      log_(log),
      file_(loaded.settings.database.path) {}

void Reloader::reload() noexcept {
    ReloadOutcome outcome;
    try {
        outcome = take_over();
    } catch (const std::exception& error) {
        outcome.error = error.what();
    }
    outcome.number = ++reloads_;
    try {
        tell(outcome);
    } catch (const std::exception& error) {
        log_.error("the outcome of a reload cannot be told", {{"reason", error.what()}});
    }
}

ReloadOutcome Reloader::take_over() {
    auto change = change_of(settings_, load_settings(sources_).settings);
    daemon_.apply(change.settings);
    raise_file_limit(change.settings.server.max_connections, log_);
    settings_ = std::move(change.settings);
    return {.changed = std::move(change.changed), .needs_restart = std::move(change.needs_restart)};
}

void Reloader::tell(const ReloadOutcome& outcome) {
    if (!outcome.error.empty()) {
        log_.error("settings not reloaded: nothing has changed", {{"reason", outcome.error}});
    } else {
        log_.info("settings reloaded", {{"changed", boost::join(outcome.changed, ", ")}});
    }
    if (!outcome.needs_restart.empty()) {
        log_.warning("settings that differ need a restart",
                     {{"settings", boost::join(outcome.needs_restart, ", ")}});
    }
    file_.write(outcome);
}

}  // namespace gateway::command
