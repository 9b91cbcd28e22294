#include "server/settings/limits_section.hpp"

#include "server/settings/row.hpp"

namespace gateway::setting {

std::vector<Setting> limits_rows() {
    return {
        live_row<&Settings::limits, &LimitSettings::requests_per_second>(
            "limits.requests_per_second", Count{0, 1'000'000},
            "requests within a second with one API token, and from one address without a good token; one "
            "more is answered 429; 0: no limit",
            "/healthz and /readyz do not count. Behind a proxy everybody without a good token has the "
            "proxy's address, and shares its limit."),
        live_row<&Settings::limits, &LimitSettings::burst>(
            "limits.burst", Count{1, 1'000'000},
            "requests that may come at once before limits.requests_per_second holds"),
    };
}

}  // namespace gateway::setting
