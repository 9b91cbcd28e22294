// The sections [metrics] and [health]: what the daemon tells of itself, and whom.
#pragma once

#include <chrono>
#include <cstdint>

namespace gateway {

struct MetricsSettings {
    /// Whether GET /metrics needs no API token; `public` in the file.
    bool is_public = false;
    /// Whether requests and deliveries are counted for each app besides.
    bool per_app = false;

    friend bool operator==(const MetricsSettings&, const MetricsSettings&) = default;
};

struct HealthSettings {
    /// Bytes that are to be left on the disk of the database, 128 MiB: two write-ahead logs of ordinary size.
    /// 0: nobody looks.
    std::uint64_t min_free = 134'217'728;
    /// How long a delivery may wait for its turn though its webhook is free to be called. 0: nobody looks.
    std::chrono::milliseconds max_lag{std::chrono::minutes(10)};

    friend bool operator==(const HealthSettings&, const HealthSettings&) = default;
};

}  // namespace gateway
