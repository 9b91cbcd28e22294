#include "server/command/rules.hpp"

#include "server/version.hpp"

namespace gateway::command {

api::ActivationRules activation_rules(const Settings& settings) {
    return {.per_minute = static_cast<int>(settings.webhooks.activations_per_minute),
            .timeout = settings.delivery.timeout};
}

std::string user_agent() {
    return "session-gateway/" + std::string(version());
}

}  // namespace gateway::command
