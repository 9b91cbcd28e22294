// Activating a webhook: its receiver has to prove, by answering a challenge, that it wants the events.
#pragma once

#include "server/api/activation_rules.hpp"
#include "server/api/context.hpp"
#include "server/api/webhooks.hpp"
#include "server/delivery/challenge.hpp"
#include "storage/engine/transaction.hpp"
#include "storage/tables/webhooks.hpp"
#include "storage/values/error.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <optional>

namespace gateway::api {

/// A challenge that was begun: what is sent, and which row of `webhook_activations` it is.
struct Activation {
    storage::Webhook webhook;
    std::optional<delivery::Challenge> challenge;  ///< none: the webhook is active, there is nothing to prove
    std::int64_t number = 0;
};

/// What an activation came to.
struct ActivationEnd {
    std::optional<storage::Webhook> webhook;  ///< as it is then; active
    ApiError refusal;                         ///< where there is no webhook
};

/// The transaction before the challenge. `webhook_not_found`; `webhook_activation_failed` where the app may
/// not use the webhook's url now; `rate_limited` when the webhook, its app or its host was challenged too
/// often within the last minute, or a challenge of the webhook runs.
Result<Activation> begin_activation(storage::Transaction& transaction, const WebhookRequest& request,
                                    const Services& services);

/// The transaction after it: notes the outcome, and makes the webhook active if the challenge succeeded, its
/// url and token are still the ones that were challenged, and the app may still use the url. A refusal is
/// `webhook_activation_failed` with the word of the failed step, or `webhook_not_found` when the webhook was
/// deleted meanwhile; the transaction is kept either way.
ActivationEnd end_activation(storage::Transaction& transaction, const Activation& activation,
                             const outgoing::OutgoingResult<void>& challenge, const Services& services);

/// Notes instead that nobody knows what the challenge came to.
void abandon_activation(storage::Transaction& transaction, const Activation& activation);

/// Both with the challenge between them, outside of any transaction. An active webhook stays as it is.
boost::asio::awaitable<Result<WebhookResponse>> activate_webhook(Context& context, WebhookRequest request);

}  // namespace gateway::api
