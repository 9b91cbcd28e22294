// The operations of the Webhooks tag: their wire types, what they do in a transaction, and their handlers.
#pragma once

#include "server/api/operation.hpp"
#include "server/api/wire.hpp"
#include "storage/webhooks.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/describe/class.hpp>

#include <string>
#include <vector>

namespace gateway::storage {
class Snapshot;
class Transaction;
}  // namespace gateway::storage

namespace gateway::api {

/// `WebhookResponse` of the contract.
struct WebhookResponse {
    std::string id;
    std::string url;
    EventSet events;
    bool active = false;
    int last_http_code = 0;         ///< 0: no delivery was attempted, or none was answered
    DateTime last_http_code_date;   ///< the epoch: no delivery was attempted
    DateTime created_at;
    DateTime updated_at;
};
BOOST_DESCRIBE_STRUCT(WebhookResponse, (),
                      (id, url, events, active, last_http_code, last_http_code_date, created_at, updated_at))

WebhookResponse to_response(storage::Webhook webhook);

// What the operations do, each in one transaction or snapshot of the caller's.

/// Adds `event` to the webhook's set; leaves all as it is when it is a member already.
Result<storage::Webhook> add_webhook_event(storage::Transaction& transaction, const std::string& app_id,
                                           const std::string& webhook_id, EventType event);

Result<storage::Webhook> get_webhook(storage::Snapshot& snapshot, const std::string& app_id,
                                     const std::string& webhook_id);

// The handlers of the operation table.

/// POST /v2/session/apps/{appID}/webhooks/{webhookID}/events
boost::asio::awaitable<Result<Reply>> handle_add_webhook_event(Call& call);

/// GET /v2/session/apps/{appID}/webhooks/{webhookID}
boost::asio::awaitable<Result<Reply>> handle_get_webhook(Call& call);

/// GET /v2/session/apps/{appID}/webhooks
boost::asio::awaitable<Result<Reply>> handle_list_webhooks(Call& call);

}  // namespace gateway::api
