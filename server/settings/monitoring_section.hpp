// The section [metrics]: what the daemon tells of itself, and whom.
#pragma once

namespace gateway {

struct MetricsSettings {
    /// Whether GET /metrics needs no API token; `public` in the file.
    bool is_public = false;
    /// Whether requests and deliveries are counted for each app besides.
    bool per_app = false;

    friend bool operator==(const MetricsSettings&, const MetricsSettings&) = default;
};

}  // namespace gateway
