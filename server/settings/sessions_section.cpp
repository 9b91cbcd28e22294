#include "server/settings/sessions_section.hpp"

#include "server/settings/row.hpp"

namespace gateway::setting {

std::vector<Setting> sessions_rows() {
    return {
        live_row<&Settings::sessions, &SessionSettings::max_per_user>(
            "sessions.max_per_user", Count{1, 1'000},
            "live sessions that one user may have; one more ends the oldest"),
        live_row<&Settings::sessions, &SessionSettings::max_age>(
            "sessions.max_age", Duration{0ms, 24h * 3'650},
            "time after which a session ends by itself, however much it is used; 0: never"),
    };
}

}  // namespace gateway::setting
