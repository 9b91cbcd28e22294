#include "server/api/activation.hpp"

#include "server/api/api_errors.hpp"
#include "server/outgoing/egress_policy.hpp"
#include "server/outgoing/origin.hpp"
#include "storage/tables/activations.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <variant>

namespace gateway::api {

namespace asio = boost::asio;
using std::chrono::steady_clock;
using storage::CountedBy;
using storage::Transaction;

namespace {

// A challenge whose process was killed counts as running for this much longer than it may have taken.
constexpr std::chrono::seconds running_slack{5};

// Many webhooks of one app, or at one host, may be challenged so many times as often as one of them.
constexpr int times_for_many = 10;

constexpr std::chrono::seconds retry_pause{1};

ApiError too_many(const std::string& message, const std::chrono::milliseconds wait) {
    return {ErrorCode::rate_limited, message, std::chrono::ceil<std::chrono::seconds>(wait)};
}

ApiError activation_failed(const std::string& reason) {
    return {ErrorCode::webhook_activation_failed, "The webhook was not activated: " + reason};
}

ApiError outcome_unknown(const Unavailable& unavailable) {
    return {
        unavailable.code(),
        "The database cannot be used right now: what the challenge came to was not noted, and the webhook "
        "was not activated.",
        retry_pause};
}

/// The host of a url in one spelling, so that no other gets round what is counted.
std::string host_of(const std::string& url) {
    const auto written = outgoing::split_url(url).host;
    const auto host = outgoing::classify_host(written);
    if (const auto* const address = std::get_if<asio::ip::address>(&host)) return address->to_string();
    if (const auto* const name = std::get_if<outgoing::HostName>(&host))
        return std::string(outgoing::without_final_dot(name->text));
    return std::string(written);
}

Result<void> check_limits(Transaction& transaction, const storage::NewActivation& activation,
                          const ActivationRules& rules) {
    const auto now = transaction.now();
    const auto longest = rules.timeout + running_slack;
    if (const auto since = storage::running_activation(transaction, activation.webhook_id, now - longest))
        return too_many("A challenge of this webhook is under way.", *since + longest - now);

    struct Limit {
        CountedBy by;
        const std::string& value;
        int most;
        std::string who;
    };

    const int of_many = rules.per_minute * times_for_many;
    const Limit limits[] = {
        {CountedBy::webhook, activation.webhook_id, rules.per_minute, "This webhook was"},
        {CountedBy::app, activation.app_id, of_many, "The webhooks of this application were"},
        {CountedBy::host, activation.host, of_many, "The host " + activation.host + " was"}};
    for (const auto& [by, value, most, who] : limits) {
        const auto recent = storage::recent_activations(transaction, by, value);
        if (recent.count < most) continue;
        return too_many(who + " challenged " + std::to_string(recent.count) + " times within a minute.",
                        recent.oldest + storage::activation_window - now);
    }
    storage::forget_activations(transaction, now - longest);
    return {};
}

/// Whether the webhook is still as it was challenged.
bool is_unchanged(Transaction& transaction, const storage::Webhook& now, const delivery::Challenge& challenge,
                  storage::Secrets& secrets) {
    if (now.url != challenge.url) return false;
    const auto sealed = storage::sealed_token(transaction, now.id);
    return secrets.open(transaction, sealed, now.id) == challenge.verification_token;
}

/// Why the webhook is not to be activated.
struct Objection {
    std::string outcome;  ///< as `webhook_activations` has it
    std::string reason;   ///< as the caller gets it
};

std::optional<Objection> objection(Transaction& transaction, const storage::Webhook& webhook,
                                   const Activation& activation,
                                   const outgoing::OutgoingResult<void>& challenge,
                                   const Services& services) {
    auto failure = challenge.has_error() ? std::optional(challenge.error().failure) : std::nullopt;
    if (!failure && !is_unchanged(transaction, webhook, *activation.challenge, services.secrets))
        failure = outgoing::OutgoingFailure::challenge_mismatch;
    if (failure) {
        const std::string word(to_string(*failure));
        return Objection{word, word + "."};
    }
    const auto url = check_url_now(transaction, webhook.app_id, webhook.url, services);
    if (url.has_error()) return Objection{"url", url.error().message};
    return std::nullopt;
}

void note(const Runtime& runtime, const Activation& activation,
          const outgoing::OutgoingResult<void>& challenge) {
    runtime.metrics.challenge_ended(challenge.has_error() ? to_string(challenge.error().failure)
                                                          : "succeeded");
    Log& log = runtime.log;
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

/// Abandons the activation. While the database cannot be written it tries again, as long as the activation
/// counts as running.
asio::awaitable<void> abandon(storage::Database& database, const Activation activation,
                              const steady_clock::time_point until) {
    const auto executor = co_await asio::this_coro::executor;
    asio::steady_timer pause(executor);
    while (true) {
        auto job = [activation](Transaction& transaction) {
            abandon_activation(transaction, activation);
            return true;
        };
        try {
            co_await database.write_in_background(std::move(job));
            co_return;
        } catch (const Unavailable&) {
            pause.expires_after(retry_pause);
        }
        if (steady_clock::now() >= until) co_return;
        co_await pause.async_wait(asio::use_awaitable);
    }
}

/// Sends the challenge and notes what it came to.
asio::awaitable<Result<ActivationEnd>> challenge_and_end(Context& context, const Activation& activation) {
    const auto timeout = context.services().activation.timeout;
    const auto answer = co_await delivery::send_challenge(context.http_client(), *activation.challenge,
                                                          steady_clock::now() + timeout);
    context.extend_deadline(timeout);
    note(context.runtime(), activation, answer);

    auto end = [activation, answer,
                &services = context.services()](Transaction& transaction) -> Result<ActivationEnd> {
        return end_activation(transaction, activation, answer, services);
    };
    auto ended = co_await context.write(activation.webhook.app_id, std::move(end));
    co_return ended;
}

}  // namespace

Result<Activation> begin_activation(Transaction& transaction, const WebhookRequest& request,
                                    const Services& services) {
    auto webhook = existing_webhook(transaction, request.app_id, request.webhook_id);
    if (webhook.has_error()) return webhook.error();
    if (webhook->active) return Activation{*std::move(webhook), {}, 0};
    const auto url = check_url_now(transaction, webhook->app_id, webhook->url, services);
    if (url.has_error()) return activation_failed(url.error().message);

    const storage::NewActivation activation{webhook->id, webhook->app_id, host_of(webhook->url)};
    const auto limits = check_limits(transaction, activation, services.activation);
    if (limits.has_error()) return limits.error();
    const auto sealed = storage::sealed_token(transaction, webhook->id);
    auto token = services.secrets.open(transaction, sealed, webhook->id);
    if (!token) {
        return activation_failed(
            "its verification token cannot be read any more; set the verification token again.");
    }
    delivery::Challenge challenge(webhook->url, *std::move(token), webhook->app_id, services.random);
    const auto number = storage::begin_activation(transaction, activation);
    return Activation{*std::move(webhook), std::move(challenge), number};
}

ActivationEnd end_activation(Transaction& transaction, const Activation& activation,
                             const outgoing::OutgoingResult<void>& challenge, const Services& services) {
    const auto& then = activation.webhook;
    auto webhook = existing_webhook(transaction, then.app_id, then.id);
    if (webhook.has_error()) {
        abandon_activation(transaction, activation);
        return {{}, webhook.error()};
    }
    const auto objected = objection(transaction, *webhook, activation, challenge, services);
    storage::end_activation(transaction, then.id, activation.number,
                            objected ? objected->outcome : "succeeded");
    if (objected) return {{}, activation_failed(objected->reason)};
    if (!std::exchange(webhook->active, true)) storage::update_webhook(transaction, *webhook);
    tell_dispatcher(transaction, webhook->number, services);
    return {*std::move(webhook), {}};
}

void abandon_activation(Transaction& transaction, const Activation& activation) {
    storage::end_activation(transaction, activation.webhook.id, activation.number, "abandoned");
}

asio::awaitable<Result<WebhookResponse>> activate_webhook(Context& context, const WebhookRequest request) {
    const auto& runtime = context.runtime();
    const ActivationSlots::Slot slot(runtime.activation_slots, request.app_id);
    if (!slot.taken())
        co_return too_many("As many activation challenges are under way as there may be.", retry_pause);

    auto begin = [request, &services = context.services()](Transaction& transaction) {
        return begin_activation(transaction, request, services);
    };
    auto begun = co_await context.write(request.app_id, std::move(begin));
    if (begun.has_error()) co_return begun.error();
    const Activation activation = *std::move(begun);
    if (!activation.challenge) co_return to_response(activation.webhook);

    const auto until = steady_clock::now() + context.services().activation.timeout + running_slack;
    Result<ActivationEnd> end = ApiError{};
    std::exception_ptr fault;
    try {
        end = co_await challenge_and_end(context, activation);
    } catch (const Unavailable& unavailable) {
        end = outcome_unknown(unavailable);
        runtime.log.warning("the outcome of an activation challenge was not noted",
                            {{"app", activation.webhook.app_id},
                             {"webhook", activation.webhook.id},
                             {"reason", unavailable.what()}});
    } catch (...) {
        fault = std::current_exception();
    }
    if (fault || end.has_error()) {
        const auto executor = co_await asio::this_coro::executor;
        auto log_failure = [&log = runtime.log](const std::exception_ptr& error) {
            if (error) log.error("an activation was not ended", {{"reason", describe(error)}});
        };
        asio::co_spawn(executor, abandon(runtime.database, activation, until), std::move(log_failure));
    }
    if (fault) std::rethrow_exception(fault);
    if (end.has_error()) co_return end.error();
    if (!end->webhook) co_return end->refusal;
    co_return to_response(*std::move(end->webhook));
}

}  // namespace gateway::api
