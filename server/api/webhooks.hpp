// The operations of the Webhooks tag as the wire sees them: their response type and their handlers.
#pragma once

#include "server/api/operation.hpp"
#include "server/api/wire.hpp"
#include "storage/tables/webhooks.hpp"
#include "storage/values/event_set.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/describe/class.hpp>

#include <string>

namespace gateway::api {

/// `WebhookResponse` of the contract.
struct WebhookResponse {
    std::string id;
    std::string url;
    EventSet events;
    bool active = false;
    int last_http_code = 0;        ///< 0: no delivery was attempted, or none was answered
    DateTime last_http_code_date;  ///< the epoch: no delivery was attempted
    DateTime created_at;
    DateTime updated_at;
};
BOOST_DESCRIBE_STRUCT(WebhookResponse, (),
                      (id, url, events, active, last_http_code, last_http_code_date, created_at, updated_at))

/// `PostWebhookEventRequest` of the contract.
struct EventRequest {
    EventType event;
};
BOOST_DESCRIBE_STRUCT(EventRequest, (), (event))

WebhookResponse to_response(storage::Webhook webhook);

/// GET /v2/session/apps/{appID}/webhooks
boost::asio::awaitable<Result<Reply>> handle_list_webhooks(Call& call);

/// POST /v2/session/apps/{appID}/webhooks
boost::asio::awaitable<Result<Reply>> handle_create_webhook(Call& call);

/// GET /v2/session/apps/{appID}/webhooks/{webhookID}
boost::asio::awaitable<Result<Reply>> handle_get_webhook(Call& call);

/// PATCH /v2/session/apps/{appID}/webhooks/{webhookID}
boost::asio::awaitable<Result<Reply>> handle_update_webhook(Call& call);

/// DELETE /v2/session/apps/{appID}/webhooks/{webhookID}
boost::asio::awaitable<Result<Reply>> handle_delete_webhook(Call& call);

/// POST /v2/session/apps/{appID}/webhooks/{webhookID}/activate
boost::asio::awaitable<Result<Reply>> handle_activate_webhook(Call& call);

/// POST /v2/session/apps/{appID}/webhooks/{webhookID}/deactivate
boost::asio::awaitable<Result<Reply>> handle_deactivate_webhook(Call& call);

/// POST /v2/session/apps/{appID}/webhooks/{webhookID}/events
boost::asio::awaitable<Result<Reply>> handle_add_webhook_event(Call& call);

/// DELETE /v2/session/apps/{appID}/webhooks/{webhookID}/events
/// DELETE /v2/session/apps/{appID}/webhooks/{webhookID}/events/{event}
boost::asio::awaitable<Result<Reply>> handle_remove_webhook_event(Call& call);

}  // namespace gateway::api
