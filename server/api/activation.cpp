#include "server/api/activation.hpp"

#include "server/api/api_errors.hpp"
#include "storage/tables/activations.hpp"

namespace gateway::api {

namespace asio = boost::asio;
using storage::Secrets;
using storage::Transaction;

namespace {

// A challenge whose process was killed counts as running for this much longer than it may have taken.
constexpr std::chrono::seconds running_slack{5};

ApiError too_many(const std::string& message, const std::chrono::milliseconds wait) {
    return {ErrorCode::rate_limited, message, std::chrono::ceil<std::chrono::seconds>(wait)};
}

ApiError activation_failed(const outgoing::OutgoingFailure failure) {
    return {ErrorCode::webhook_activation_failed,
            "The webhook was not activated: " + std::string(to_string(failure)) + "."};
}

ApiError token_is_lost() {
    return {ErrorCode::webhook_activation_failed,
            "The webhook was not activated: its verification token cannot be read any more; set the "
            "verification token again."};
}

/// Whether the webhook is still as it was challenged.
bool is_unchanged(Transaction& transaction, const storage::Webhook& now, const Activation& then,
                  Secrets& secrets) {
    const auto sealed = storage::sealed_token(transaction, now.id);
    return now.url == then.webhook.url &&
           secrets.open(transaction, sealed, now.id) == then.verification_token;
}

void write_line(Log& log, const Activation& activation, const outgoing::OutgoingResult<void>& challenge) {
    if (challenge.has_value()) {
        log.info("activation challenge answered",
                 {{"app", activation.webhook.app_id}, {"webhook", activation.webhook.id}});
        return;
    }
    log.info("activation challenge failed", {{"app", activation.webhook.app_id},
                                             {"webhook", activation.webhook.id},
                                             {"step", to_string(challenge.error().failure)},
                                             {"detail", challenge.error().detail}});
}

}  // namespace

Result<Activation> begin_activation(Transaction& transaction, const std::string& app_id,
                                    const std::string& webhook_id, const ActivationRules& rules,
                                    Secrets& secrets) {
    auto webhook = existing_webhook(transaction, app_id, webhook_id);
    if (webhook.has_error()) return webhook.error();
    if (webhook->active) return Activation{*std::move(webhook), {}, 0};

    const auto running_since = transaction.now() - rules.timeout - running_slack;
    const auto recent = storage::recent_activations(transaction, webhook_id, running_since);
    if (recent.running) return too_many("A challenge of this webhook is under way.", rules.timeout);
    if (recent.count >= rules.per_minute) {
        return too_many(
            "This webhook was challenged " + std::to_string(recent.count) + " times within a minute.",
            recent.oldest + storage::activation_window - transaction.now());
    }
    const auto sealed = storage::sealed_token(transaction, webhook_id);
    auto token = secrets.open(transaction, sealed, webhook_id);
    if (!token) return token_is_lost();
    const auto number = storage::begin_activation(transaction, webhook_id);
    return Activation{*std::move(webhook), *std::move(token), number};
}

Result<storage::Webhook> end_activation(Transaction& transaction, const Activation& activation,
                                        const outgoing::OutgoingResult<void>& challenge, Secrets& secrets) {
    const auto& then = activation.webhook;
    auto webhook = existing_webhook(transaction, then.app_id, then.id);
    if (webhook.has_error()) return webhook;

    auto failure = challenge.has_error() ? std::optional(challenge.error().failure) : std::nullopt;
    if (!failure && !is_unchanged(transaction, *webhook, activation, secrets)) {
        failure = outgoing::OutgoingFailure::challenge_mismatch;
    }
    storage::end_activation(transaction, then.id, activation.number,
                            failure ? to_string(*failure) : "succeeded");
    if (!failure && !webhook->active) {
        webhook->active = true;
        storage::update_webhook(transaction, *webhook);
    }
    return webhook;
}

Result<storage::Webhook> activation_result(storage::Webhook webhook,
                                           const outgoing::OutgoingResult<void>& challenge) {
    if (challenge.has_error()) return activation_failed(challenge.error().failure);
    if (!webhook.active) return activation_failed(outgoing::OutgoingFailure::challenge_mismatch);
    return webhook;
}

asio::awaitable<Result<WebhookResponse>> activate_webhook(Context& context, const WebhookRequest request) {
    const auto& services = context.services();
    const ActivationSlots::Slot slot(context.runtime().activation_slots);
    if (!slot.taken())
        co_return too_many("Too many activation challenges are under way.", std::chrono::seconds(1));

    auto begin = [request, &services](Transaction& transaction) {
        return begin_activation(transaction, request.app_id, request.webhook_id, services.activation,
                                services.secrets);
    };
    auto begun = co_await context.write(request.app_id, std::move(begin));
    if (begun.has_error()) co_return begun.error();
    const Activation activation = *std::move(begun);
    if (activation.number == 0) co_return to_response(activation.webhook);

    const delivery::Challenge challenge(activation.webhook.url, activation.verification_token,
                                        activation.webhook.app_id, system_random);
    const auto deadline = std::chrono::steady_clock::now() + services.activation.timeout;
    const auto answer = co_await delivery::send_challenge(context.http_client(), challenge, deadline);
    context.extend_deadline(services.activation.timeout);
    write_line(context.runtime().log, activation, answer);

    auto end = [activation, answer, &services](Transaction& transaction) {
        return end_activation(transaction, activation, answer, services.secrets);
    };
    auto webhook = co_await context.write(request.app_id, std::move(end));
    if (webhook.has_error()) co_return webhook.error();
    auto result = activation_result(*std::move(webhook), answer);
    if (result.has_error()) co_return result.error();
    co_return to_response(*std::move(result));
}

}  // namespace gateway::api
