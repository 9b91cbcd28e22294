// Activating a webhook: its receiver has to prove, by answering a challenge, that it wants the events.
#pragma once

#include "server/api/activation_rules.hpp"
#include "server/api/context.hpp"
#include "server/api/webhooks.hpp"
#include "server/delivery/challenge.hpp"
#include "storage/engine/transaction.hpp"
#include "storage/secrets/secrets.hpp"
#include "storage/tables/webhooks.hpp"
#include "storage/values/error.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <string>

namespace gateway::api {

/// A challenge that was begun: what is sent, and which row of `webhook_activations` it is.
struct Activation {
    storage::Webhook webhook;
    std::string verification_token;
    std::int64_t number = 0;  ///< 0: the webhook is active already and there is nothing to prove
};

/// The transaction before the challenge. `webhook_not_found`; `rate_limited` when the webhook was challenged
/// too often within the last minute, or a challenge of it runs.
Result<Activation> begin_activation(storage::Transaction& transaction, const std::string& app_id,
                                    const std::string& webhook_id, const ActivationRules& rules,
                                    storage::Secrets& secrets);

/// The transaction after it: notes the outcome, and makes the webhook active if the challenge succeeded and
/// its url and token are still the ones that were challenged. `webhook_not_found` when it was deleted
/// meanwhile.
Result<storage::Webhook> end_activation(storage::Transaction& transaction, const Activation& activation,
                                        const outgoing::OutgoingResult<void>& challenge,
                                        storage::Secrets& secrets);

/// What to answer then: the webhook if it is active, else `webhook_activation_failed` with the word of the
/// failed step.
Result<storage::Webhook> activation_result(storage::Webhook webhook,
                                           const outgoing::OutgoingResult<void>& challenge);

/// Both with the challenge between them, outside of any transaction. An active webhook stays as it is.
boost::asio::awaitable<Result<WebhookResponse>> activate_webhook(Context& context, WebhookRequest request);

}  // namespace gateway::api
