#include "server/settings/monitoring_section.hpp"

#include "server/settings/row.hpp"

namespace gateway::setting {

std::vector<Setting> monitoring_rows() {
    return {
        row<&Settings::metrics, &MetricsSettings::is_public>(
            "metrics.public", Boolean{}, "whether GET /metrics is open to anybody",
            "Otherwise it asks for an API token that is good for all apps."),
        row<&Settings::metrics, &MetricsSettings::per_app>(
            "metrics.per_app", Boolean{}, "whether requests and deliveries are counted for each app besides",
            "Adds some lines for each app, for a thousand apps at most: those beyond are counted together."),
        row<&Settings::health, &HealthSettings::min_free>(
            "health.min_free", Size{0, 64 * 1024 * gib},
            "free space of the database's disk below which /readyz is 503; 0: never"),
        row<&Settings::health, &HealthSettings::max_lag>(
            "health.max_lag", Duration{0ms, 24h * 14},
            "time that a delivery may wait for its turn before /readyz is 503; 0: any",
            "It counts while the webhook is active, not being called, and waits for no retry and no rate: "
            "the "
            "receiver is not what holds it up. A daemon that has more to deliver than it can gets there "
            "too."),
    };
}

}  // namespace gateway::setting
