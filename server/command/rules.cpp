#include "server/command/rules.hpp"

#include "server/version.hpp"

namespace gateway::command {

api::ActivationRules activation_rules(const Settings& settings) {
    return {.per_minute = static_cast<int>(settings.webhooks.activations_per_minute),
            .timeout = settings.delivery.timeout};
}

CommandServices::CommandServices(const Settings& settings)
    : secrets_(settings.secrets.key_file, system_random),
      ids_(system_now, system_random),
      services_{.secrets = secrets_,
                .ids = ids_,
                .webhooks = settings.webhooks,
                .activation = activation_rules(settings),
                .random = system_random,
                .sessions = settings.sessions,
                .secret_overlap = settings.delivery.secret_overlap,
                .expire_after = settings.delivery.expire_after} {}

std::filesystem::path backup_folder(const Settings& settings) {
    if (!settings.backup.folder.empty()) return settings.backup.folder;
    return std::filesystem::absolute(settings.database.path).parent_path();
}

storage::PreparationOptions preparation_options(const Settings& settings) {
    storage::PreparationOptions options{.checkpoints = settings.database.checkpoint};
    if (settings.backup.before_migration) options.backup_folder = backup_folder(settings);
    return options;
}

std::string user_agent() {
    return "session-gateway/" + std::string(version());
}

}  // namespace gateway::command
