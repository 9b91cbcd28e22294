#include "server/command/rules.hpp"

#include "server/version.hpp"

namespace gateway::command {

api::WebhookRules webhook_rules(const WebhookSettings& settings) {
    return {.allow_http = settings.allow_http, .max_per_app = static_cast<int>(settings.max_per_app)};
}

api::ActivationRules activation_rules(const Settings& settings) {
    return {.per_minute = static_cast<int>(settings.webhooks.activations_per_minute),
            .timeout = settings.delivery.timeout};
}

std::string user_agent() {
    return "session-gateway/" + std::string(version());
}

}  // namespace gateway::command
