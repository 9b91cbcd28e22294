// The sections [webhooks] and [events]: what an app may have and publish.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gateway {

struct WebhookSettings {
    /// Whether a webhook's URL may be plain http.
    bool allow_http = false;
    /// Webhooks of one app; one more is refused.
    std::size_t max_per_app = 100;
    /// Activation challenges of one webhook; ten times as many of one app and to one host. Few: each is a
    /// request to an address of the caller's choice.
    std::size_t activations_per_minute = 6;
    /// Activation challenges that run at once; a quarter of them for one app.
    std::size_t running_activations = 64;

    friend bool operator==(const WebhookSettings&, const WebhookSettings&) = default;
};

struct EventSettings {
    /// Bytes of a request's body that publishes, 4 MiB.
    std::uint64_t max_body = 4'194'304;

    friend bool operator==(const EventSettings&, const EventSettings&) = default;
};

}  // namespace gateway
