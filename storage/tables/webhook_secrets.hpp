// The table `webhook_secrets`: what a webhook's deliveries are signed with in the way of Standard Webhooks.
#pragma once

#include "storage/engine/statement.hpp"
#include "storage/values/timestamp.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gateway::storage {

class Snapshot;
class Transaction;

struct WebhookSecret {
    std::string id;
    std::optional<Timestamp> signs_until;  ///< nothing: it is the webhook's secret
    std::vector<std::uint8_t> sealed;      ///< for its id, under the sealing key in use

    /// Why not all of its row can be read, as fault_in_row() says it; empty: it can. What cannot is empty.
    std::string fault = {};
};

/// The webhook's secret first, where it has one, and behind it the former one, should it still be there.
std::vector<WebhookSecret> list_webhook_secrets(Snapshot& snapshot, const std::string& webhook_id);

/// Has a webhook that exists sign with this from now on. The secret it had signs along for `overlap`; one
/// before that goes.
void set_webhook_secret(Transaction& transaction, const std::string& webhook_id, const std::string& secret_id,
                        Blob sealed, std::chrono::milliseconds overlap);

}  // namespace gateway::storage
