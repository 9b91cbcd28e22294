#include "server/api/webhooks.hpp"

#include "server/api/activation.hpp"
#include "server/api/api_errors.hpp"
#include "server/api/webhook_url.hpp"

#include <stdexcept>
#include <utility>

namespace gateway::api {

using storage::Snapshot;
using storage::Transaction;

namespace {

bool is_in_dev_mode(Snapshot& snapshot, const std::string& app_id) {
    const auto app = storage::find_app(snapshot, app_id);
    return app && app->mode == storage::Mode::dev;
}

/// Whether the token was another one.
bool replace_token(Transaction& transaction, const std::string& webhook_id, const std::string& token,
                   storage::Secrets& secrets) {
    const auto sealed = storage::sealed_token(transaction, webhook_id);
    if (secrets.open(transaction, sealed, webhook_id) == token) return false;
    storage::set_sealed_token(transaction, webhook_id, secrets.seal(transaction, token, webhook_id));
    return true;
}

}  // namespace

WebhookResponse to_response(storage::Webhook webhook) {
    return {{.id = std::move(webhook.id),
             .url = {std::move(webhook.url)},
             .events = webhook.events,
             .active = webhook.active,
             .last_http_code = webhook.last_http_code.value_or(0),
             .last_http_code_date = {webhook.last_http_code_date.value_or(Timestamp{})},
             .created_at = {webhook.created_at},
             .updated_at = {webhook.updated_at}}};
}

Result<void> check_url_now(Snapshot& snapshot, const std::string& app_id, const std::string& url,
                           const Services& services) {
    auto judgement = check_webhook_url(url);
    if (judgement.has_error()) return judgement;
    return check_webhook_scheme(url, services.webhooks.allow_http || is_in_dev_mode(snapshot, app_id));
}

Result<storage::Webhook> existing_webhook(Snapshot& snapshot, const std::string& app_id,
                                          const std::string& webhook_id) {
    auto webhook = storage::find_webhook(snapshot, app_id, webhook_id);
    if (!webhook) return webhook_not_found();
    if (!webhook->fault.empty()) throw std::runtime_error(webhook->fault);
    return *std::move(webhook);
}

Result<WebhooksResponse> list_webhooks(Snapshot& snapshot, const AppRequest& request,
                                       const Services& services) {
    WebhooksResponse response;
    for (auto& webhook : storage::list_webhooks(snapshot, request.app_id)) {
        if (webhook.fault.empty())
            response.webhooks.push_back(to_response(std::move(webhook)).webhook);
        else if (services.report_unreadable)
            services.report_unreadable(webhook.fault);
    }
    return response;
}

Result<WebhookResponse> create_webhook(Transaction& transaction, const CreateWebhookRequest& request,
                                       const Services& services) {
    const auto url = check_url_now(transaction, request.app_id, request.url.text, services);
    if (url.has_error()) return url.error();
    const auto most = services.webhooks.max_per_app;
    if (std::cmp_greater_equal(storage::count_webhooks(transaction, request.app_id), most)) {
        return ApiError{ErrorCode::webhook_limit_reached,
                        "The application has " + std::to_string(most) +
                            " webhooks, as many as it may have; delete one first."};
    }
    storage::Webhook webhook{.number = 0,  // the insertion's to choose
                             .id = services.ids.next("web"),
                             .app_id = request.app_id,
                             .url = request.url.text,
                             .events = request.events,
                             .active = false,
                             .last_http_code = {},
                             .last_http_code_date = {},
                             .created_at = transaction.now(),
                             .updated_at = transaction.now()};
    const auto sealed = services.secrets.seal(transaction, request.verification_token.text, webhook.id);
    storage::insert_webhook(transaction, webhook, sealed);
    return to_response(std::move(webhook));
}

Result<WebhookResponse> get_webhook(Snapshot& snapshot, const WebhookRequest& request) {
    auto webhook = existing_webhook(snapshot, request.app_id, request.webhook_id);
    if (webhook.has_error()) return webhook.error();
    return to_response(*std::move(webhook));
}

Result<WebhookResponse> update_webhook(Transaction& transaction, const UpdateWebhookRequest& request,
                                       const Services& services) {
    auto webhook = existing_webhook(transaction, request.app_id, request.webhook_id);
    if (webhook.has_error()) return webhook.error();

    const bool other_url = request.url && request.url->text != webhook->url;
    if (other_url) {
        const auto url = check_url_now(transaction, request.app_id, request.url->text, services);
        if (url.has_error()) return url.error();
        webhook->url = request.url->text;
    }
    const bool other_token =
        request.verification_token &&
        replace_token(transaction, request.webhook_id, request.verification_token->text, services.secrets);
    const bool other_events = request.events && !(*request.events == webhook->events);
    if (other_events) webhook->events = *request.events;
    if (other_url || other_token) webhook->active = false;
    if (other_url || other_token || other_events) storage::update_webhook(transaction, *webhook);
    return to_response(*std::move(webhook));
}

Result<void> delete_webhook(Transaction& transaction, const WebhookRequest& request) {
    if (!storage::find_webhook(transaction, request.app_id, request.webhook_id)) return webhook_not_found();
    storage::delete_webhook(transaction, request.webhook_id);
    return {};
}

Result<WebhookResponse> deactivate_webhook(Transaction& transaction, const WebhookRequest& request) {
    auto webhook = existing_webhook(transaction, request.app_id, request.webhook_id);
    if (webhook.has_error()) return webhook.error();
    if (webhook->active) storage::deactivate_webhook(transaction, *webhook);
    return to_response(*std::move(webhook));
}

Result<WebhookResponse> add_webhook_event(Transaction& transaction, const WebhookEventRequest& request) {
    auto webhook = existing_webhook(transaction, request.app_id, request.webhook_id);
    if (webhook.has_error()) return webhook.error();
    if (webhook->events.add(request.event)) storage::update_webhook(transaction, *webhook);
    return to_response(*std::move(webhook));
}

Result<WebhookResponse> remove_webhook_event(Transaction& transaction, const WebhookEventRequest& request) {
    auto webhook = existing_webhook(transaction, request.app_id, request.webhook_id);
    if (webhook.has_error()) return webhook.error();
    if (webhook->events.remove(request.event)) storage::update_webhook(transaction, *webhook);
    return to_response(*std::move(webhook));
}

void tell_dispatcher(Transaction& transaction, const std::int64_t webhook, const Services& services) {
    if (auto* const feed = services.feed)
        transaction.after_commit([feed, webhook] { feed->webhook_changed(webhook); });
}

namespace {

/// A change to where a webhook's events go, or whether, which the dispatcher hears of.
template <auto change>
auto told(Transaction& transaction, const detail::RequestOf<change>& request, const Services& services)
    -> Result<typename detail::Signature<decltype(change)>::ResponseType> {
    const auto webhook = storage::find_webhook(transaction, request.app_id, request.webhook_id);
    if (webhook) tell_dispatcher(transaction, webhook->number, services);
    return detail::job_of<Transaction, change>(request, services)(transaction);
}

using enum ErrorCode;

constexpr std::string_view webhooks_path = "/v2/session/apps/{appID}/webhooks";
constexpr std::string_view webhook_path = "/v2/session/apps/{appID}/webhooks/{webhookID}";
constexpr std::string_view activate_path = "/v2/session/apps/{appID}/webhooks/{webhookID}/activate";
constexpr std::string_view deactivate_path = "/v2/session/apps/{appID}/webhooks/{webhookID}/deactivate";
constexpr std::string_view events_path = "/v2/session/apps/{appID}/webhooks/{webhookID}/events";
constexpr std::string_view event_path = "/v2/session/apps/{appID}/webhooks/{webhookID}/events/{event}";

constexpr Operation operations[] = {
    {.id = "listWebhooks",
     .summary = "List the webhooks of an app, oldest first",
     .routes = Route{Method::get, webhooks_path},
     .performer = read<list_webhooks>},
    {.id = "createWebhook",
     .summary = "Create a webhook; it is inactive until it is activated",
     .routes = Route{Method::post, webhooks_path},
     .success = Success::created,
     .errors = {invalid_request, webhook_limit_reached},
     .performer = write<create_webhook>},
    {.id = "getWebhook",
     .summary = "Get one webhook",
     .routes = Route{Method::get, webhook_path},
     .errors = {webhook_not_found},
     .performer = read<get_webhook>},
    {.id = "updateWebhook",
     .summary = "Change a webhook; another url or verification token makes it inactive",
     .routes = Route{Method::patch, webhook_path},
     .errors = {invalid_request, webhook_not_found},
     .performer = write<told<update_webhook>>},
    {.id = "deleteWebhook",
     .summary = "Delete a webhook and all that hangs on it",
     .routes = Route{Method::delete_, webhook_path},
     .errors = {webhook_not_found},
     .performer = write<told<delete_webhook>>},
    {.id = "activateWebhook",
     .summary = "Activate a webhook: its receiver has to answer a challenge",
     .routes = Route{Method::post, activate_path},
     .errors = {webhook_not_found, webhook_activation_failed, rate_limited},
     .performer = handle<activate_webhook>},
    {.id = "deactivateWebhook",
     .summary = "Deactivate a webhook",
     .routes = Route{Method::post, deactivate_path},
     .errors = {webhook_not_found},
     .performer = write<told<deactivate_webhook>>},
    {.id = "addWebhookEvent",
     .summary = "Add an event type to a webhook",
     .routes = Route{Method::post, events_path},
     .success = Success::created,
     .errors = {invalid_webhook_event, webhook_not_found},
     .performer = write<add_webhook_event>},
    {.id = "removeWebhookEvent",
     .summary = "Remove an event type from a webhook",
     .routes = {{Method::delete_, events_path}, {Method::delete_, event_path}},
     .errors = {invalid_webhook_event, webhook_not_found},
     .performer = write<remove_webhook_event>},
};

}  // namespace

std::span<const Operation> webhook_operations() noexcept {
    return operations;
}

}  // namespace gateway::api
