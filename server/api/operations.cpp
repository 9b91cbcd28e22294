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
#include <functional>

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

std::vector<std::string_view> operation_ids() {
    std::vector<std::string_view> ids;
    for (const auto& tag : tags())
        for (const auto& operation : tag.operations)
            ids.push_back(operation.id);
    return ids;
}

std::size_t operation_number(const Operation* const operation) noexcept {
    std::size_t before = 0;
    for (const auto& tag : tags()) {
        const auto* const first = tag.operations.data();
        const bool is_here = std::greater_equal<>()(operation, first) &&
                             std::less<>()(operation, first + tag.operations.size());
        if (is_here) return before + static_cast<std::size_t>(operation - first);
        before += tag.operations.size();
    }
    return before;
}

bool declares(const Operation& operation, const ErrorCode code) noexcept {
    constexpr ErrorSet ours{internal, overloaded, storage_unavailable};
    constexpr ErrorSet of_access{missing_api_token, invalid_api_token, app_not_found, session_disabled};
    constexpr ErrorSet of_all_apps{missing_api_token, invalid_api_token, all_apps_token_required};
    return operation.errors.contains(code) || ours.contains(code) ||
           (operation.access == Access::key && of_access.contains(code)) ||
           (operation.access == Access::all_apps && of_all_apps.contains(code));
}

}  // namespace gateway::api
