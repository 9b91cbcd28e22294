#include "server/api/webhooks.hpp"

#include "server/api/failures.hpp"
#include "server/api/request_body.hpp"
#include "storage/transaction.hpp"


namespace gateway::api {

namespace asio = boost::asio;

namespace {

Reply webhook_reply(const http::status status, storage::Webhook webhook) {
    return {status, to_json("webhook", to_response(std::move(webhook)))};
}

}  // namespace

WebhookResponse to_response(storage::Webhook webhook) {
    return {.id = std::move(webhook.id),
            .url = std::move(webhook.url),
            .events = webhook.events,
            .active = webhook.active,
            .last_http_code = webhook.last_http_code.value_or(0),
            .last_http_code_date = {webhook.last_http_code_date.value_or(Timestamp{})},
            .created_at = {webhook.created_at},
            .updated_at = {webhook.updated_at}};
}

Result<storage::Webhook> add_webhook_event(storage::Transaction& transaction, const std::string& app_id,
                                           const std::string& webhook_id, const EventType event) {
    auto webhook = storage::find_webhook(transaction, app_id, webhook_id);
    if (!webhook) return webhook_not_found();
    if (webhook->events.add(event)) storage::update_events(transaction, *webhook);
    return *std::move(webhook);
}

Result<storage::Webhook> get_webhook(storage::Snapshot& snapshot, const std::string& app_id,
                                     const std::string& webhook_id) {
    auto webhook = storage::find_webhook(snapshot, app_id, webhook_id);
    if (!webhook) return webhook_not_found();
    return *std::move(webhook);
}

asio::awaitable<Result<Reply>> handle_add_webhook_event(Call& call) {
    RequestBody body(call.body());
    const auto event = body.event_type("event");
    if (!event) co_return body.error(ErrorCode::invalid_webhook_event);

    const auto add = [app_id = call.parameter("appID"), webhook_id = call.parameter("webhookID"),
                      type = *event](storage::Transaction& transaction) {
        return add_webhook_event(transaction, app_id, webhook_id, type);
    };
    auto webhook = co_await call.write(add);
    if (webhook.has_error()) co_return webhook.error();
    co_return webhook_reply(http::status::created, *std::move(webhook));
}

asio::awaitable<Result<Reply>> handle_get_webhook(Call& call) {
    const auto get = [app_id = call.parameter("appID"),
                      webhook_id = call.parameter("webhookID")](storage::Snapshot& snapshot) {
        return get_webhook(snapshot, app_id, webhook_id);
    };
    auto webhook = co_await call.read(get);
    if (webhook.has_error()) co_return webhook.error();
    co_return webhook_reply(http::status::ok, *std::move(webhook));
}

asio::awaitable<Result<Reply>> handle_list_webhooks(Call& call) {
    const auto list = [app_id = call.parameter("appID")](
                          storage::Snapshot& snapshot) -> Result<std::vector<WebhookResponse>> {
        std::vector<WebhookResponse> rows;
        for (auto& webhook : storage::list_webhooks(snapshot, app_id)) rows.push_back(to_response(std::move(webhook)));
        return rows;
    };
    const auto webhooks = co_await call.read(list);
    if (webhooks.has_error()) co_return webhooks.error();
    Reply reply;
    reply.body = to_json("webhooks", *webhooks);
    co_return reply;
}

}  // namespace gateway::api
