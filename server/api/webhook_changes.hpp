// What the operations on webhooks do, each in one transaction of the caller's: the API's handlers and the
// subcommands share them.
#pragma once

#include "storage/engine/transaction.hpp"
#include "storage/secrets/secrets.hpp"
#include "storage/tables/apps.hpp"
#include "storage/tables/webhooks.hpp"
#include "storage/values/error.hpp"
#include "storage/values/event_set.hpp"
#include "storage/values/type_id.hpp"

#include <boost/describe/class.hpp>

#include <optional>
#include <string>

namespace gateway::api {

/// What a client wants of a new webhook; each part was checked.
struct NewWebhook {
    std::string url;
    std::string verification_token;
    EventSet events;
};
BOOST_DESCRIBE_STRUCT(NewWebhook, (), (url, verification_token, events))

/// What a client wants changed; each part that is there was checked.
struct WebhookPatch {
    std::optional<std::string> url;
    std::optional<std::string> verification_token;
    std::optional<EventSet> events;
};
BOOST_DESCRIBE_STRUCT(WebhookPatch, (), (url, verification_token, events))

/// What the settings say of webhooks.
struct WebhookRules {
    bool allow_http = false;
    int max_per_app = 100;
};

/// Whether webhooks of this app may have a plain http url; an app that does not exist may not.
bool may_use_http(storage::Snapshot& snapshot, const std::string& app_id, const WebhookRules& rules);

/// Nothing found is `webhook_not_found`, here and below.
Result<storage::Webhook> get_webhook(storage::Snapshot& snapshot, const std::string& app_id,
                                     const std::string& webhook_id);

/// Makes an inactive webhook. `webhook_limit_reached` when the app has as many as it may have,
/// `invalid_request` when the url's scheme is not allowed by now. The app exists.
Result<storage::Webhook> create_webhook(storage::Transaction& transaction, const std::string& app_id,
                                        const NewWebhook& wanted, const WebhookRules& rules,
                                        storage::Secrets& secrets, IdSource& ids);

/// A url or token that is really another one makes the webhook inactive. Nothing changes, `updated_at`
/// included, when all is as wanted already.
Result<storage::Webhook> update_webhook(storage::Transaction& transaction, const std::string& app_id,
                                        const std::string& webhook_id, const WebhookPatch& wanted,
                                        const WebhookRules& rules, storage::Secrets& secrets);

Result<void> delete_webhook(storage::Transaction& transaction, const std::string& app_id,
                            const std::string& webhook_id);

/// An inactive webhook stays as it is.
Result<storage::Webhook> deactivate_webhook(storage::Transaction& transaction, const std::string& app_id,
                                            const std::string& webhook_id);

/// An event that is in the set already leaves all as it is.
Result<storage::Webhook> add_webhook_event(storage::Transaction& transaction, const std::string& app_id,
                                           const std::string& webhook_id, EventType event);

/// An event that is not in the set leaves all as it is.
Result<storage::Webhook> remove_webhook_event(storage::Transaction& transaction, const std::string& app_id,
                                              const std::string& webhook_id, EventType event);

/// Changes what an app is for; back in `prod`, its webhooks with a plain http url become inactive, unless the
/// settings allow such urls anyway. `app_not_found` when there is no such app.
Result<void> set_mode(storage::Transaction& transaction, const std::string& app_id, storage::Mode mode,
                      const WebhookRules& rules);

}  // namespace gateway::api
