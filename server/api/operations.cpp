#include "server/api/health.hpp"
#include "server/api/mode.hpp"
#include "server/api/operation.hpp"
#include "server/api/webhooks.hpp"
#include "server/gateway/rest/openapi.hpp"

#include <algorithm>
#include <array>

namespace gateway::api {

namespace {

using enum ErrorCode;

constexpr std::string_view mode_path = "/v2/session/apps/{appID}/mode";
constexpr std::string_view webhooks_path = "/v2/session/apps/{appID}/webhooks";
constexpr std::string_view webhook_path = "/v2/session/apps/{appID}/webhooks/{webhookID}";
constexpr std::string_view activate_path = "/v2/session/apps/{appID}/webhooks/{webhookID}/activate";
constexpr std::string_view deactivate_path = "/v2/session/apps/{appID}/webhooks/{webhookID}/deactivate";
constexpr std::string_view events_path = "/v2/session/apps/{appID}/webhooks/{webhookID}/events";
constexpr std::string_view event_path = "/v2/session/apps/{appID}/webhooks/{webhookID}/events/{event}";

constexpr std::array get_mode_bindings{Binding{http::verb::get, mode_path}};
constexpr std::array update_mode_bindings{Binding{http::verb::put, mode_path, Body::mode}};
constexpr std::array list_webhooks_bindings{Binding{http::verb::get, webhooks_path}};
constexpr std::array create_webhook_bindings{
    Binding{http::verb::post, webhooks_path, Body::create_webhook_request}};
constexpr std::array get_webhook_bindings{Binding{http::verb::get, webhook_path}};
constexpr std::array update_webhook_bindings{
    Binding{http::verb::patch, webhook_path, Body::update_webhook_request}};
constexpr std::array delete_webhook_bindings{Binding{http::verb::delete_, webhook_path}};
constexpr std::array activate_webhook_bindings{Binding{http::verb::post, activate_path}};
constexpr std::array deactivate_webhook_bindings{Binding{http::verb::post, deactivate_path}};
constexpr std::array add_webhook_event_bindings{
    Binding{http::verb::post, events_path, Body::add_event_request}};
constexpr std::array remove_webhook_event_bindings{
    Binding{http::verb::delete_, events_path, Body::add_event_request},
    Binding{http::verb::delete_, event_path}};
constexpr std::array get_health_bindings{Binding{http::verb::get, "/healthz"}};
constexpr std::array get_readiness_bindings{Binding{http::verb::get, "/readyz"}};
constexpr std::array get_openapi_bindings{Binding{http::verb::get, "/openapi.json"}};

constexpr std::array bad_request{invalid_request};
constexpr std::array bad_request_or_limit{invalid_request, webhook_limit_reached};
constexpr std::array bad_request_or_no_webhook{invalid_request, webhook_not_found};
constexpr std::array bad_event_or_no_webhook{invalid_webhook_event, webhook_not_found};
constexpr std::array no_webhook{webhook_not_found};
constexpr std::array activation_errors{webhook_not_found, webhook_activation_failed, rate_limited};

constexpr Operation operation_table[] = {
    {.id = "getMode",
     .tag = "Mode",
     .summary = "Get the mode of an app",
     .bindings = get_mode_bindings,
     .response = Body::mode,
     .handler = handle_get_mode},
    {.id = "updateMode",
     .tag = "Mode",
     .summary = "Set the mode of an app",
     .bindings = update_mode_bindings,
     .success = http::status::no_content,
     .response = Body::none,
     .errors = bad_request,
     .handler = handle_update_mode},
    {.id = "listWebhooks",
     .tag = "Webhooks",
     .summary = "List the webhooks of an app, oldest first",
     .bindings = list_webhooks_bindings,
     .response = Body::webhooks,
     .handler = handle_list_webhooks},
    {.id = "createWebhook",
     .tag = "Webhooks",
     .summary = "Create a webhook; it is inactive until it is activated",
     .bindings = create_webhook_bindings,
     .success = http::status::created,
     .errors = bad_request_or_limit,
     .handler = handle_create_webhook},
    {.id = "getWebhook",
     .tag = "Webhooks",
     .summary = "Get one webhook",
     .bindings = get_webhook_bindings,
     .errors = no_webhook,
     .handler = handle_get_webhook},
    {.id = "updateWebhook",
     .tag = "Webhooks",
     .summary = "Change a webhook; another url or verification token makes it inactive",
     .bindings = update_webhook_bindings,
     .errors = bad_request_or_no_webhook,
     .handler = handle_update_webhook},
    {.id = "deleteWebhook",
     .tag = "Webhooks",
     .summary = "Delete a webhook and all that hangs on it",
     .bindings = delete_webhook_bindings,
     .response = Body::none,
     .errors = no_webhook,
     .handler = handle_delete_webhook},
    {.id = "activateWebhook",
     .tag = "Webhooks",
     .summary = "Activate a webhook: its receiver has to answer a challenge",
     .bindings = activate_webhook_bindings,
     .errors = activation_errors,
     .handler = handle_activate_webhook},
    {.id = "deactivateWebhook",
     .tag = "Webhooks",
     .summary = "Deactivate a webhook",
     .bindings = deactivate_webhook_bindings,
     .errors = no_webhook,
     .handler = handle_deactivate_webhook},
    {.id = "addWebhookEvent",
     .tag = "Webhooks",
     .summary = "Add an event type to a webhook",
     .bindings = add_webhook_event_bindings,
     .success = http::status::created,
     .errors = bad_event_or_no_webhook,
     .handler = handle_add_webhook_event},
    {.id = "removeWebhookEvent",
     .tag = "Webhooks",
     .summary = "Remove an event type from a webhook",
     .bindings = remove_webhook_event_bindings,
     .errors = bad_event_or_no_webhook,
     .handler = handle_remove_webhook_event},
    {.id = "getHealth",
     .tag = "Health",
     .summary = "Tell that the process lives",
     .bindings = get_health_bindings,
     .response = Body::health,
     .access = Access::open,
     .handler = handle_get_health},
    {.id = "getReadiness",
     .tag = "Health",
     .summary = "Tell whether the database answers a read and a write within a second",
     .bindings = get_readiness_bindings,
     .response = Body::health,
     .access = Access::open,
     .handler = handle_get_readiness},
    {.id = "getOpenApi",
     .tag = "Documentation",
     .summary = "Get this document",
     .bindings = get_openapi_bindings,
     .response = Body::document,
     .access = Access::open,
     .handler = handle_get_openapi},
};

constexpr std::array common_error_table{
    request_timeout, payload_too_large, headers_too_large, internal, overloaded, storage_unavailable,
    // Below: only where a key is asked for.
    missing_api_token, invalid_api_token, app_not_found, session_disabled, unsupported_media_type};
constexpr std::size_t open_error_count = 6;

}  // namespace

std::span<const Operation> operations() noexcept {
    return operation_table;
}

std::span<const ErrorCode> common_errors(const Access access) noexcept {
    return std::span(common_error_table)
        .first(access == Access::open ? open_error_count : common_error_table.size());
}

bool declares(const Operation& operation, const ErrorCode code) noexcept {
    const auto has = [code](const std::span<const ErrorCode> codes) {
        return std::ranges::find(codes, code) != codes.end();
    };
    return has(operation.errors) || has(common_errors(operation.access));
}

}  // namespace gateway::api
