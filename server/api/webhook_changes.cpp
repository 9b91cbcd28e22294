#include "server/api/webhook_changes.hpp"

#include "server/api/api_errors.hpp"
#include "server/api/webhook_url.hpp"

namespace gateway::api {

using storage::Secrets;
using storage::Snapshot;
using storage::Transaction;
using storage::Webhook;

namespace {

Result<void> check_url_now(Snapshot& snapshot, const std::string& app_id, const std::string& url,
                           const WebhookRules& rules) {
    return check_webhook_url(url, may_use_http(snapshot, app_id, rules));
}

/// Whether the token was another one.
bool replace_token(Transaction& transaction, const std::string& webhook_id, const std::string& token,
                   Secrets& secrets) {
    const auto sealed = storage::sealed_token(transaction, webhook_id);
    if (secrets.open(transaction, sealed, webhook_id) == token) return false;
    storage::set_sealed_token(transaction, webhook_id, secrets.seal(transaction, token, webhook_id));
    return true;
}

}  // namespace

bool may_use_http(Snapshot& snapshot, const std::string& app_id, const WebhookRules& rules) {
    if (rules.allow_http) return true;
    const auto app = storage::find_app(snapshot, app_id);
    return app && app->mode == storage::Mode::dev;
}

Result<Webhook> get_webhook(Snapshot& snapshot, const std::string& app_id, const std::string& webhook_id) {
    auto webhook = storage::find_webhook(snapshot, app_id, webhook_id);
    if (!webhook) return webhook_not_found();
    return *std::move(webhook);
}

Result<Webhook> create_webhook(Transaction& transaction, const std::string& app_id, const NewWebhook& wanted,
                               const WebhookRules& rules, Secrets& secrets, IdSource& ids) {
    const auto url = check_url_now(transaction, app_id, wanted.url, rules);
    if (url.has_error()) return url.error();
    if (storage::count_webhooks(transaction, app_id) >= rules.max_per_app) {
        return ApiError{ErrorCode::webhook_limit_reached,
                        "The application has " + std::to_string(rules.max_per_app) +
                            " webhooks, as many as it may have; delete one first."};
    }
    Webhook webhook{.number = 0,  // the insertion's to choose
                    .id = ids.next("web"),
                    .app_id = app_id,
                    .url = wanted.url,
                    .events = wanted.events,
                    .active = false,
                    .last_http_code = {},
                    .last_http_code_date = {},
                    .created_at = transaction.now(),
                    .updated_at = transaction.now()};
    const auto sealed = secrets.seal(transaction, wanted.verification_token, webhook.id);
    storage::insert_webhook(transaction, webhook, sealed);
    return webhook;
}

Result<Webhook> update_webhook(Transaction& transaction, const std::string& app_id,
                               const std::string& webhook_id, const WebhookPatch& wanted,
                               const WebhookRules& rules, Secrets& secrets) {
    auto webhook = get_webhook(transaction, app_id, webhook_id);
    if (webhook.has_error()) return webhook;

    const bool other_url = wanted.url && *wanted.url != webhook->url;
    if (other_url) {
        const auto url = check_url_now(transaction, app_id, *wanted.url, rules);
        if (url.has_error()) return url.error();
        webhook->url = *wanted.url;
    }
    const bool other_token = wanted.verification_token &&
                             replace_token(transaction, webhook_id, *wanted.verification_token, secrets);
    const bool other_events = wanted.events && !(*wanted.events == webhook->events);
    if (other_events) webhook->events = *wanted.events;
    if (other_url || other_token) webhook->active = false;
    if (other_url || other_token || other_events) storage::update_webhook(transaction, *webhook);
    return webhook;
}

Result<void> delete_webhook(Transaction& transaction, const std::string& app_id,
                            const std::string& webhook_id) {
    const auto webhook = get_webhook(transaction, app_id, webhook_id);
    if (webhook.has_error()) return webhook.error();
    storage::delete_webhook(transaction, webhook_id);
    return {};
}

Result<Webhook> deactivate_webhook(Transaction& transaction, const std::string& app_id,
                                   const std::string& webhook_id) {
    auto webhook = get_webhook(transaction, app_id, webhook_id);
    if (webhook.has_error() || !webhook->active) return webhook;
    webhook->active = false;
    storage::update_webhook(transaction, *webhook);
    return webhook;
}

Result<Webhook> add_webhook_event(Transaction& transaction, const std::string& app_id,
                                  const std::string& webhook_id, const EventType event) {
    auto webhook = get_webhook(transaction, app_id, webhook_id);
    if (webhook.has_value() && webhook->events.add(event)) storage::update_webhook(transaction, *webhook);
    return webhook;
}

Result<Webhook> remove_webhook_event(Transaction& transaction, const std::string& app_id,
                                     const std::string& webhook_id, const EventType event) {
    auto webhook = get_webhook(transaction, app_id, webhook_id);
    if (webhook.has_value() && webhook->events.remove(event)) storage::update_webhook(transaction, *webhook);
    return webhook;
}

Result<void> set_mode(Transaction& transaction, const std::string& app_id, const storage::Mode mode,
                      const WebhookRules& rules) {
    const auto app = storage::find_app(transaction, app_id);
    if (!app) return app_not_found();
    if (app->mode == mode) return {};
    storage::set_app_mode(transaction, app_id, mode);
    if (mode == storage::Mode::dev || rules.allow_http) return {};
    for (auto& webhook : storage::list_webhooks(transaction, app_id)) {
        if (!webhook.active || check_webhook_url(webhook.url, false).has_value()) continue;
        webhook.active = false;
        storage::update_webhook(transaction, webhook);
    }
    return {};
}

}  // namespace gateway::api
