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
      services_{secrets_, ids_, settings.webhooks, activation_rules(settings), system_random} {}

std::string user_agent() {
    return "session-gateway/" + std::string(version());
}

}  // namespace gateway::command
