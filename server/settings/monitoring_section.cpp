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
    };
}

}  // namespace gateway::setting
