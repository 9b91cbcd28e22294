#include "storage/tables/webhook_secrets.hpp"

#include "storage/engine/transaction.hpp"
#include "storage/values/unreadable.hpp"

namespace gateway::storage {

std::vector<WebhookSecret> list_webhook_secrets(Snapshot& snapshot, const std::string& webhook_id) {
    Query row = snapshot.query(
        "SELECT id, signs_until, secret_sealed FROM webhook_secrets WHERE webhook_id = ?"
        " ORDER BY signs_until IS NOT NULL, number DESC",
        webhook_id);
    std::vector<WebhookSecret> secrets;
    while (row.step()) {
        const Blob sealed = row.blob(2);
        WebhookSecret secret{std::string(row.text(0)), {}, {sealed.begin(), sealed.end()}};
        try {
            secret.signs_until = row.optional_timestamp(1);
        } catch (const UnreadableValue& value) {
            secret.fault = fault_in_row("webhook_secrets", secret.id, value);
        }
        secrets.push_back(std::move(secret));
    }
    return secrets;
}

void set_webhook_secret(Transaction& transaction, const std::string& webhook_id, const std::string& secret_id,
                        const Blob sealed, const std::chrono::milliseconds overlap) {
    transaction.execute("DELETE FROM webhook_secrets WHERE webhook_id = ? AND signs_until IS NOT NULL",
                        webhook_id);
    transaction.execute("UPDATE webhook_secrets SET signs_until = ? WHERE webhook_id = ?",
                        transaction.now() + overlap, webhook_id);
    transaction.execute(
        "INSERT INTO webhook_secrets (id, webhook_id, created_at, secret_sealed) VALUES (?, ?, ?, ?)",
        secret_id, webhook_id, transaction.now(), sealed);
}

}  // namespace gateway::storage
