#include "server/settings/webhooks_section.hpp"

#include "server/settings/row.hpp"

namespace gateway::setting {

std::vector<Setting> webhooks_rows() {
    return {
        live_row<&Settings::webhooks, &WebhookSettings::allow_http>(
            "webhooks.allow_http", Boolean{},
            "whether a webhook's URL may be plain http, readable on its way", "For development only."),
        live_row<&Settings::webhooks, &WebhookSettings::max_per_app>(
            "webhooks.max_per_app", Count{1, 100'000}, "webhooks that one app may have"),
        live_row<&Settings::webhooks, &WebhookSettings::activations_per_minute>(
            "webhooks.activations_per_minute", Count{1, 1'000},
            "activation challenges of one webhook within a minute, ten times as many of one app and to one "
            "host; one more is answered 429",
            "Few, because each makes this server send a request to an address that the caller chose."),
        live_row<&Settings::webhooks, &WebhookSettings::running_activations>(
            "webhooks.running_activations", Count{1, 10'000},
            "activation challenges that run at once, a quarter of them for one app; one more is answered "
            "429"),

        live_row<&Settings::events, &EventSettings::max_body>(
            "events.max_body", Size{1, 64 * mib},
            "largest body of a request that publishes; a larger one is answered 413"),
    };
}

}  // namespace gateway::setting
