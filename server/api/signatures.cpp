#include "server/api/signatures.hpp"

#include "server/api/api_errors.hpp"
#include "server/delivery/signing_key.hpp"
#include "server/delivery/webhook_secrets.hpp"
#include "storage/tables/apps.hpp"
#include "storage/tables/signing_keys.hpp"

#include <chrono>
#include <utility>

namespace gateway::api {

namespace {

delivery::SecretParts parts_of(const Services& services) {
    return {services.secrets, services.ids, services.random};
}

}  // namespace

Result<JsonWebKeySet> key_set(storage::Snapshot& snapshot, const AppRequest& request) {
    JsonWebKeySet set;
    for (const auto& key : storage::list_signing_keys(snapshot, request.app_id))
        if (!key.retired_at) set.keys.push_back({.kid = key.id, .n = key.modulus});
    if (!set.keys.empty()) return set;
    if (!storage::find_app(snapshot, request.app_id)) return app_not_found();
    return ApiError{ErrorCode::overloaded, "The key of the application is being made.",
                    std::chrono::seconds(1)};
}

boost::asio::awaitable<Result<JsonWebKeySet>> get_key_set(Context& context, AppRequest request) {
    const auto& runtime = context.runtime();
    auto look = [request](storage::Snapshot& snapshot) { return key_set(snapshot, request); };
    auto set = co_await runtime.database.read(std::move(look), context.deadline());
    if (set.has_error() && set.error().code == ErrorCode::overloaded)
        runtime.signing_keys.want(request.app_id);
    co_return set;
}

Result<WebhookSecretResponse> get_webhook_secret(storage::Transaction& transaction,
                                                 const WebhookRequest& request, const Services& services) {
    const auto webhook = existing_webhook(transaction, request.app_id, request.webhook_id);
    if (webhook.has_error()) return webhook.error();
    return WebhookSecretResponse{
        delivery::secret_text(delivery::webhook_secret(transaction, webhook->id, parts_of(services)))};
}

boost::asio::awaitable<Result<WebhookSecretResponse>> rotate_webhook_secret(Context& context,
                                                                            WebhookRequest request) {
    auto rotate = [request, &services = context.services()](
                      storage::Transaction& transaction) -> Result<WebhookSecretResponse> {
        const auto webhook = existing_webhook(transaction, request.app_id, request.webhook_id);
        if (webhook.has_error()) return webhook.error();
        const auto secret = delivery::rotate_webhook_secret(transaction, webhook->id, services.secret_overlap,
                                                            parts_of(services));
        return WebhookSecretResponse{delivery::secret_text(secret)};
    };
    auto outcome = co_await context.write(request.app_id, std::move(rotate));
    context.runtime().signing_secrets.forget(request.webhook_id);
    co_return outcome;
}

namespace {

using enum ErrorCode;

constexpr std::chrono::seconds kept_by_nobody{0};

constexpr Operation operations[] = {
    {.id = "getKeySet",
     .summary = "Get the public keys that an app's deliveries are signed with, a JWK Set",
     .routes = {{Method::get, "/v2/session/apps/{appID}/.well-known/jwks.json"},
                {Method::get, "/.well-known/jwks.json", true}},
     .access = Access::open,
     .kept_for = delivery::key_set_max_age,
     .errors = {app_not_found, route_not_found},
     .performer = handle<get_key_set>},
    {.id = "getWebhookSecret",
     .summary = "Get the secret that a webhook's deliveries are signed with, in the way of Standard Webhooks",
     .routes = Route{Method::get, "/v2/session/apps/{appID}/webhooks/{webhookID}/secret"},
     .kept_for = kept_by_nobody,
     .errors = {webhook_not_found},
     .performer = write<get_webhook_secret>},
    {.id = "rotateWebhookSecret",
     .summary = "Replace that secret; the one before signs along for a while",
     .routes = Route{Method::post, "/v2/session/apps/{appID}/webhooks/{webhookID}/secret/rotate"},
     .kept_for = kept_by_nobody,
     .errors = {webhook_not_found},
     .performer = handle<rotate_webhook_secret>},
};

}  // namespace

std::span<const Operation> signature_operations() noexcept {
    return operations;
}

}  // namespace gateway::api
