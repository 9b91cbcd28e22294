// The operations of the Webhooks tag: what they take and give, and what they do, each in one transaction of
// the caller's, which the API and the subcommands share. (Activation, which is more than a transaction:
// activation.hpp.)
#pragma once

#include "server/api/mode.hpp"
#include "server/api/operation.hpp"
#include "server/api/wire.hpp"
#include "storage/engine/transaction.hpp"
#include "storage/tables/webhooks.hpp"
#include "storage/values/event_set.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace gateway::api {

inline constexpr FieldText webhook_id_text{"webhook_id", "The webhook that the request is about.",
                                           R"("web_01jqebhswje1ka1z7ahr9rfsgt")"};
inline constexpr FieldText url_text{"url",
                                    "Where events are sent: absolute, https (http too for an app in dev "
                                    "mode), without user-info and fragment."};
inline constexpr FieldText verification_token_text{"verification_token",
                                                   "A secret of the client's choice by which the receiver "
                                                   "knows the activation challenge. Never in an answer."};
inline constexpr FieldText events_text{"events",
                                       "The event types it is subscribed to, in the order of addition."};

struct CreateWebhookRequest {
    std::string app_id;
    WebhookUrl url;
    VerificationToken verification_token;
    EventSet events;

    static constexpr auto describe() {
        using Request = CreateWebhookRequest;
        return message("CreateWebhookRequest", field(&Request::app_id, app_id_text),
                       field(&Request::url, url_text),
                       field(&Request::verification_token, verification_token_text),
                       field(&Request::events, events_text));
    }
};

struct UpdateWebhookRequest {
    std::string app_id;
    std::string webhook_id;
    std::optional<WebhookUrl> url;
    std::optional<VerificationToken> verification_token;
    std::optional<EventSet> events;

    static constexpr auto describe() {
        using Request = UpdateWebhookRequest;
        return message("UpdateWebhookRequest", field(&Request::app_id, app_id_text),
                       field(&Request::webhook_id, webhook_id_text), field(&Request::url, url_text),
                       field(&Request::verification_token, verification_token_text),
                       field(&Request::events, events_text))
            .as_change();
    }
};

/// Of all operations that need no more than to know which webhook.
struct WebhookRequest {
    std::string app_id;
    std::string webhook_id;

    static constexpr auto describe() {
        return message("WebhookRequest", field(&WebhookRequest::app_id, app_id_text),
                       field(&WebhookRequest::webhook_id, webhook_id_text));
    }
};

/// Of addWebhookEvent and its inverse; `PostWebhookEventRequest` of the contract.
struct WebhookEventRequest {
    std::string app_id;
    std::string webhook_id;
    EventType event;

    static constexpr auto describe() {
        using Request = WebhookEventRequest;
        return message("PostWebhookEventRequest", field(&Request::app_id, app_id_text),
                       field(&Request::webhook_id, webhook_id_text),
                       field(&Request::event, {"event", "The event type."}))
            .with_fault(ErrorCode::invalid_webhook_event);
    }
};

/// `WebhookResponse` of the contract.
struct Webhook {
    std::string id;
    WebhookUrl url;
    EventSet events;
    bool active = false;
    int last_http_code = 0;        ///< 0: no delivery was attempted, or none was answered
    DateTime last_http_code_date;  ///< the epoch: no delivery was attempted
    DateTime created_at;
    DateTime updated_at;

    static constexpr auto describe() {
        return message(
            "WebhookResponse",
            field(&Webhook::id, {"id", "The webhook's id.", R"("web_01jqebhswje1ka1z7ahr9rfsgt")"}),
            field(&Webhook::url, url_text), field(&Webhook::events, events_text),
            field(&Webhook::active, {"active", "Whether its receiver has answered an activation challenge."}),
            field(&Webhook::last_http_code,
                  {"last_http_code",
                   "The status of the last delivery attempt; 0 when none was made or answered.", "200, 0"}),
            field(&Webhook::last_http_code_date,
                  {"last_http_code_date", "When that was; 1970-01-01T00:00:00.000Z when none was made."}),
            field(&Webhook::created_at, {"created_at", "When it was created."}),
            field(&Webhook::updated_at, {"updated_at", "When it last changed."}));
    }
};

struct WebhookResponse {
    Webhook webhook;

    static constexpr auto describe() {
        return message("SingleWebhookResponse", field(&WebhookResponse::webhook, {"webhook", {}}));
    }
};

struct WebhooksResponse {
    std::vector<Webhook> webhooks;

    static constexpr auto describe() {
        return message("WebhooksResponse", field(&WebhooksResponse::webhooks, {"webhooks", {}}));
    }
};

WebhookResponse to_response(storage::Webhook webhook);

/// Whether a webhook of this app may have this url as things stand: check_webhook_url(), and plain http only
/// where the settings or the app's mode allow it. `invalid_request`.
Result<void> check_url_now(storage::Snapshot& snapshot, const std::string& app_id, const std::string& url,
                           const Services& services);

/// Has the dispatcher look at a webhook again after the commit: it changed, or what is queued for it.
void tell_dispatcher(storage::Transaction& transaction, std::int64_t webhook, const Services& services);

/// Nothing found is `webhook_not_found`, here and below.
Result<storage::Webhook> existing_webhook(storage::Snapshot& snapshot, const std::string& app_id,
                                          const std::string& webhook_id);

/// Oldest first; a row that cannot be read is left out.
Result<WebhooksResponse> list_webhooks(storage::Snapshot& snapshot, const AppRequest& request,
                                       const Services& services);

/// Makes an inactive webhook. `webhook_limit_reached` when the app has as many as it may have,
/// `invalid_request` when the url's scheme is not allowed. The app exists.
Result<WebhookResponse> create_webhook(storage::Transaction& transaction, const CreateWebhookRequest& request,
                                       const Services& services);

Result<WebhookResponse> get_webhook(storage::Snapshot& snapshot, const WebhookRequest& request);

/// A url or token that is really another one makes the webhook inactive. Nothing changes, `updated_at`
/// included, when all is as wanted already.
Result<WebhookResponse> update_webhook(storage::Transaction& transaction, const UpdateWebhookRequest& request,
                                       const Services& services);

Result<void> delete_webhook(storage::Transaction& transaction, const WebhookRequest& request);

/// An inactive webhook stays as it is.
Result<WebhookResponse> deactivate_webhook(storage::Transaction& transaction, const WebhookRequest& request);

/// An event that is in the set already leaves all as it is.
Result<WebhookResponse> add_webhook_event(storage::Transaction& transaction,
                                          const WebhookEventRequest& request);

/// An event that is not in the set leaves all as it is.
Result<WebhookResponse> remove_webhook_event(storage::Transaction& transaction,
                                             const WebhookEventRequest& request);

std::span<const Operation> webhook_operations() noexcept;

}  // namespace gateway::api
