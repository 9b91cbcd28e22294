#include "server/api/deliveries.hpp"
#include "server/api/documentation.hpp"
#include "server/api/events.hpp"
#include "server/api/health.hpp"
#include "server/api/mode.hpp"
#include "server/api/operation.hpp"
#include "server/api/replays.hpp"
#include "server/api/scopes.hpp"
#include "server/api/signatures.hpp"
#include "server/api/users.hpp"
#include "server/api/webhooks.hpp"

#include <array>

namespace gateway::api {

using enum ErrorCode;

std::span<const Tag> tags() {
    static const std::array all{
        Tag{"Mode", "What an app is for.", mode_operations()},
        Tag{"Webhooks", "Where an app's events are sent.", webhook_operations()},
        Tag{"Deliveries", "What became of events at a webhook.", delivery_operations()},
        Tag{"Signatures", "How a receiver knows that a delivery is genuine.", signature_operations()},
        Tag{"Replays", "A webhook's events of some time, queued again.", replay_operations()},
        Tag{"Events", "What happened in an app, for its webhooks.", event_operations()},
        Tag{"Users", "Who logs in to an app.", user_operations()},
        Tag{"Config - Scopes", "What users of an app may be allowed.", scope_operations()},
        Tag{"Health", "For whoever watches the daemon.", health_operations()},
        Tag{"Documentation", "The API about itself.", documentation_operations()},
    };
    return all;
}

bool declares(const Operation& operation, const ErrorCode code) noexcept {
    constexpr ErrorSet ours{internal, overloaded, storage_unavailable};
    constexpr ErrorSet of_access{missing_api_token, invalid_api_token, app_not_found, session_disabled};
    return operation.errors.contains(code) || ours.contains(code) ||
           (operation.access == Access::key && of_access.contains(code));
}

}  // namespace gateway::api
