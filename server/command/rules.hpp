// What the settings mean to the operations; the daemon and the subcommands read them alike.
#pragma once

#include "server/api/services.hpp"
#include "server/settings/settings.hpp"
#include "storage/prepared_database.hpp"

#include <filesystem>
#include <string>

namespace gateway::command {

api::ActivationRules activation_rules(const Settings& settings);

/// What the functions of transactions work with in a subcommand. Throws where there is no key file.
class CommandServices {
  public:
    explicit CommandServices(const Settings& settings);

    [[nodiscard]] const api::Services& get() const noexcept { return services_; }

  private:
    storage::Secrets secrets_;
    IdSource ids_;
    api::Services services_;
};

/// Where the daemon's backups are.
std::filesystem::path backup_folder(const Settings& settings);

/// How `serve` and `migrate` prepare the database.
storage::PreparationOptions preparation_options(const Settings& settings);

/// What receivers see of us, e.g. "session-gateway/1.0.0".
std::string user_agent();

}  // namespace gateway::command
