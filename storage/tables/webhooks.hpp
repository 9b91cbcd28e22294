// The table `webhooks`: where an app wants its events sent, and which.
#pragma once

#include "storage/engine/statement.hpp"
#include "storage/values/event_set.hpp"
#include "storage/values/timestamp.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::storage {

class Snapshot;
class Transaction;

struct Webhook {
    std::int64_t number = 0;  ///< of its row, in the order of creation
    std::string id;           ///< `web_…`
    std::string app_id;
    std::string url;  ///< as the client wrote it
    EventSet events;
    bool active = false;
    std::optional<int> last_http_code;             ///< nothing: no delivery was attempted; 0: none answered
    std::optional<Timestamp> last_http_code_date;  ///< nothing: no delivery was attempted
    Timestamp created_at;
    Timestamp updated_at;

    /// Why not all of its row can be read, as fault_in_row() says it; empty: it can. What cannot is empty.
    std::string fault = {};
};

/// Nothing when there is no such webhook in this app.
std::optional<Webhook> find_webhook(Snapshot& snapshot, const std::string& app_id,
                                    const std::string& webhook_id);

/// Whatever its app.
std::optional<Webhook> find_webhook(Snapshot& snapshot, const std::string& webhook_id);

std::optional<Webhook> find_webhook_by_number(Snapshot& snapshot, std::int64_t number);

/// Those of one app, oldest first.
std::vector<Webhook> list_webhooks(Snapshot& snapshot, const std::string& app_id);

/// Writes a new row; `sealed_token` is the verification token under the sealing key in use.
void insert_webhook(Transaction& transaction, const Webhook& webhook, Blob sealed_token);

/// Writes what may change of a webhook (url, events, active) and moves `updated_at`, both in the row and in
/// `webhook`. One with a fault is a std::logic_error: what could not be read would be lost.
void update_webhook(Transaction& transaction, Webhook& webhook);

/// Makes it inactive and moves `updated_at`, both in the row and in `webhook`, whatever its fault.
void deactivate_webhook(Transaction& transaction, Webhook& webhook);

/// False when there is no such webhook. Takes all that hangs on it.
bool delete_webhook(Transaction& transaction, const std::string& webhook_id);

int count_webhooks(Snapshot& snapshot, const std::string& app_id);

/// The verification token under the sealing key in use; the webhook must exist.
std::vector<std::uint8_t> sealed_token(Snapshot& snapshot, const std::string& webhook_id);

/// Writes the token alone: whoever calls it moves `updated_at` with update_webhook().
void set_sealed_token(Transaction& transaction, const std::string& webhook_id, Blob sealed_token);

}  // namespace gateway::storage
