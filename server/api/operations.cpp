#include "server/api/health.hpp"
#include "server/api/operation.hpp"
#include "server/api/webhooks.hpp"

#include <algorithm>
#include <array>

namespace gateway::api {

namespace {

using enum ErrorCode;

constexpr std::string_view webhooks_path = "/v2/session/apps/{appID}/webhooks";
constexpr std::string_view webhook_path = "/v2/session/apps/{appID}/webhooks/{webhookID}";
constexpr std::string_view webhook_events_path = "/v2/session/apps/{appID}/webhooks/{webhookID}/events";

constexpr std::array list_webhooks_bindings{Binding{http::verb::get, webhooks_path}};
constexpr std::array get_webhook_bindings{Binding{http::verb::get, webhook_path}};
constexpr std::array add_webhook_event_bindings{Binding{http::verb::post, webhook_events_path}};
constexpr std::array get_health_bindings{Binding{http::verb::get, "/healthz"}};
constexpr std::array get_readiness_bindings{Binding{http::verb::get, "/readyz"}};

constexpr std::array webhook_errors{webhook_not_found};

constexpr Operation operation_table[] = {
    {.id = "listWebhooks",
     .tag = "Webhooks",
     .summary = "List the webhooks of an app, oldest first",
     .bindings = list_webhooks_bindings,
     .handler = handle_list_webhooks},
    {.id = "getWebhook",
     .tag = "Webhooks",
     .summary = "Get one webhook",
     .bindings = get_webhook_bindings,
     .errors = webhook_errors,
     .handler = handle_get_webhook},
    {.id = "addWebhookEvent",
     .tag = "Webhooks",
     .summary = "Add an event type to a webhook",
     .bindings = add_webhook_event_bindings,
     .takes_body = true,
     .bad_request = invalid_webhook_event,
     .errors = webhook_errors,
     .handler = handle_add_webhook_event},
    {.id = "getHealth",
     .tag = "Health",
     .summary = "Tell that the process lives",
     .bindings = get_health_bindings,
     .access = Access::open,
     .handler = handle_get_health},
    {.id = "getReadiness",
     .tag = "Health",
     .summary = "Tell whether the database answers a read and a write within a second",
     .bindings = get_readiness_bindings,
     .access = Access::open,
     .handler = handle_get_readiness},
};

constexpr std::array common_error_table{
    request_timeout, payload_too_large, headers_too_large, internal, overloaded, storage_unavailable,
    // Below: only where a key is asked for.
    missing_api_token, invalid_api_token, app_not_found, session_disabled, unsupported_media_type};
constexpr std::size_t open_error_count = 6;

}  // namespace

std::span<const Operation> operations() noexcept { return operation_table; }

std::span<const ErrorCode> common_errors(const Access access) noexcept {
    return std::span(common_error_table).first(access == Access::open ? open_error_count : common_error_table.size());
}

bool declares(const Operation& operation, const ErrorCode code) noexcept {
    const auto has = [code](const std::span<const ErrorCode> codes) {
        return std::ranges::find(codes, code) != codes.end();
    };
    return code == operation.bad_request || has(operation.errors) || has(common_errors(operation.access));
}

}  // namespace gateway::api
