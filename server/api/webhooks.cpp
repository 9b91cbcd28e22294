#include "server/api/webhooks.hpp"

#include "server/api/activation.hpp"
#include "server/api/api_errors.hpp"
#include "server/api/request_body.hpp"
#include "server/api/verification_token.hpp"
#include "server/api/webhook_changes.hpp"
#include "server/api/webhook_url.hpp"
#include "server/text/quote.hpp"

#include <vector>

namespace gateway::api {

namespace asio = boost::asio;
using storage::Snapshot;
using storage::Transaction;
using storage::Webhook;

namespace {

/// The ids of the path.
struct Target {
    explicit Target(const Call& call)
        : app_id(call.parameter("appID")), webhook_id(call.parameter("webhookID")) {}

    std::string app_id;
    std::string webhook_id;
};

Result<Reply> webhook_reply(const http::status status, Result<Webhook> webhook) {
    if (webhook.has_error()) return webhook.error();
    return Reply{status, to_json("webhook", to_response(*std::move(webhook)))};
}

/// Whether http urls are fine for this app. Unlike the jobs of the call it does not ask whether the caller
/// may know: the body is judged before the app is.
asio::awaitable<bool> http_is_fine(Call& call) {
    const auto look = [app_id = call.parameter("appID"), rules = call.services().rules](Snapshot& snapshot) {
        return may_use_http(snapshot, app_id, rules);
    };
    const bool fine = co_await call.services().database.read(look, call.deadline());
    co_return fine;
}

std::optional<std::string> read_url(RequestBody& body, const bool allow_http) {
    const auto check = [allow_http](const std::string& url) { return check_webhook_url(url, allow_http); };
    return body.text("url", "an absolute https URL", check);
}

std::optional<std::string> read_verification_token(RequestBody& body) {
    return body.text("verification_token", "a text of 1 to 100 characters", check_verification_token);
}

Result<NewWebhook> read_new_webhook(const std::string_view text, const bool allow_http) {
    RequestBody body(text);
    auto url = read_url(body, allow_http);
    auto token = read_verification_token(body);
    const auto events = body.event_set("events");
    if (!body.good()) return body.error(ErrorCode::invalid_request);
    return NewWebhook{*std::move(url), *std::move(token), *events};
}

Result<WebhookPatch> read_patch(const std::string_view text, const bool allow_http) {
    RequestBody body(text);
    WebhookPatch patch;
    if (body.has("url")) patch.url = read_url(body, allow_http);
    if (body.has("verification_token")) patch.verification_token = read_verification_token(body);
    if (body.has("events")) patch.events = body.event_set("events");
    const bool empty = !body.has("url") && !body.has("verification_token") && !body.has("events");
    if (body.good() && empty) {
        body.fault(
            "The request body names nothing to change, expected any of url, verification_token, events.");
    }
    if (!body.good()) return body.error(ErrorCode::invalid_request);
    return patch;
}

/// From the path's last segment, or else from the body.
Result<EventType> read_event(const Call& call) {
    if (!call.has_parameter("event")) {
        RequestBody body(call.body());
        const auto event = body.event_type("event");
        if (event) return *event;
        return body.error(ErrorCode::invalid_webhook_event);
    }
    const auto& name = call.parameter("event");
    const auto event = parse_event_type(name);
    if (event) return *event;
    return ApiError{ErrorCode::invalid_webhook_event,
                    "event: found " + quote(name) + ", expected " + expected_event_type() + "."};
}

}  // namespace

WebhookResponse to_response(Webhook webhook) {
    return {.id = std::move(webhook.id),
            .url = std::move(webhook.url),
            .events = webhook.events,
            .active = webhook.active,
            .last_http_code = webhook.last_http_code.value_or(0),
            .last_http_code_date = {webhook.last_http_code_date.value_or(Timestamp{})},
            .created_at = {webhook.created_at},
            .updated_at = {webhook.updated_at}};
}

asio::awaitable<Result<Reply>> handle_list_webhooks(Call& call) {
    const auto list =
        [app_id = call.parameter("appID")](Snapshot& snapshot) -> Result<std::vector<WebhookResponse>> {
        std::vector<WebhookResponse> rows;
        for (auto& webhook : storage::list_webhooks(snapshot, app_id))
            rows.push_back(to_response(std::move(webhook)));
        return rows;
    };
    const auto webhooks = co_await call.read(list);
    if (webhooks.has_error()) co_return webhooks.error();
    Reply reply;
    reply.body = to_json("webhooks", *webhooks);
    co_return reply;
}

asio::awaitable<Result<Reply>> handle_create_webhook(Call& call) {
    const bool allow_http = co_await http_is_fine(call);
    auto wanted = read_new_webhook(call.body(), allow_http);
    if (wanted.has_error()) co_return wanted.error();

    const auto create = [app_id = call.parameter("appID"), wanted = *std::move(wanted),
                         &services = call.services()](Transaction& transaction) {
        return create_webhook(transaction, app_id, wanted, services.rules, services.secrets, services.ids);
    };
    auto webhook = co_await call.write(create);
    co_return webhook_reply(http::status::created, std::move(webhook));
}

asio::awaitable<Result<Reply>> handle_get_webhook(Call& call) {
    const auto get = [target = Target(call)](Snapshot& snapshot) {
        return get_webhook(snapshot, target.app_id, target.webhook_id);
    };
    auto webhook = co_await call.read(get);
    co_return webhook_reply(http::status::ok, std::move(webhook));
}

asio::awaitable<Result<Reply>> handle_update_webhook(Call& call) {
    const bool allow_http = co_await http_is_fine(call);
    auto wanted = read_patch(call.body(), allow_http);
    if (wanted.has_error()) co_return wanted.error();

    const auto update = [target = Target(call), wanted = *std::move(wanted),
                         &services = call.services()](Transaction& transaction) {
        return update_webhook(transaction, target.app_id, target.webhook_id, wanted, services.rules,
                              services.secrets);
    };
    auto webhook = co_await call.write(update);
    co_return webhook_reply(http::status::ok, std::move(webhook));
}

asio::awaitable<Result<Reply>> handle_delete_webhook(Call& call) {
    const auto remove = [target = Target(call)](Transaction& transaction) {
        return delete_webhook(transaction, target.app_id, target.webhook_id);
    };
    const auto deleted = co_await call.write(remove);
    if (deleted.has_error()) co_return deleted.error();
    co_return Reply{};
}

asio::awaitable<Result<Reply>> handle_activate_webhook(Call& call) {
    auto webhook = co_await activate_webhook(call);
    co_return webhook_reply(http::status::ok, std::move(webhook));
}

asio::awaitable<Result<Reply>> handle_deactivate_webhook(Call& call) {
    const auto deactivate = [target = Target(call)](Transaction& transaction) {
        return deactivate_webhook(transaction, target.app_id, target.webhook_id);
    };
    auto webhook = co_await call.write(deactivate);
    co_return webhook_reply(http::status::ok, std::move(webhook));
}

asio::awaitable<Result<Reply>> handle_add_webhook_event(Call& call) {
    const auto event = read_event(call);
    if (event.has_error()) co_return event.error();

    const auto add = [target = Target(call), type = *event](Transaction& transaction) {
        return add_webhook_event(transaction, target.app_id, target.webhook_id, type);
    };
    auto webhook = co_await call.write(add);
    co_return webhook_reply(http::status::created, std::move(webhook));
}

asio::awaitable<Result<Reply>> handle_remove_webhook_event(Call& call) {
    const auto event = read_event(call);
    if (event.has_error()) co_return event.error();

    const auto remove = [target = Target(call), type = *event](Transaction& transaction) {
        return remove_webhook_event(transaction, target.app_id, target.webhook_id, type);
    };
    auto webhook = co_await call.write(remove);
    co_return webhook_reply(http::status::ok, std::move(webhook));
}

}  // namespace gateway::api
