// Takes changed settings over while the daemon runs.
#pragma once

#include "server/command/reload_file.hpp"
#include "server/daemon.hpp"
#include "server/log/log.hpp"
#include "server/settings/settings.hpp"

namespace gateway::command {

/// On the thread of the daemon's acceptor. What it is given outlives it.
class Reloader {
  public:
    /// Throws where its file cannot be made.
    Reloader(const LoadedSettings& loaded, Daemon& daemon, Log& log);

    /// Loads the settings from where they came from, all or nothing, and tells in the log and in the
    /// database's reload file what came of it. Throws nothing.
    void reload() noexcept;

    /// Those in effect.
    [[nodiscard]] const Settings& settings() const noexcept { return settings_; }

  private:
    ReloadOutcome take_over();
    void tell(const ReloadOutcome& outcome);

    const SettingsSources sources_;
    Settings settings_;
    Daemon& daemon_;
    Log& log_;
    ReloadFile file_;
    std::uint64_t reloads_ = 0;
};

}  // namespace gateway::command
