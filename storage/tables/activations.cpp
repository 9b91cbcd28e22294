#include "storage/tables/activations.hpp"

#include "storage/engine/transaction.hpp"

namespace gateway::storage {

RecentActivations recent_activations(Snapshot& snapshot, const std::string& webhook_id,
                                     const Timestamp running_since) {
    Query row = snapshot.query(
        "SELECT started_at, outcome = 'running' AND started_at > ? FROM webhook_activations"
        " WHERE webhook_id = ? AND started_at > ? AND started_at <= ? ORDER BY started_at",
        running_since, webhook_id, snapshot.now() - activation_window, snapshot.now());
    RecentActivations recent;
    while (row.step()) {
        if (recent.count++ == 0) recent.oldest = row.timestamp(0);
        recent.running = recent.running || row.integer(1) != 0;
    }
    return recent;
}

std::int64_t begin_activation(Transaction& transaction, const std::string& webhook_id) {
    transaction.execute(
        "DELETE FROM webhook_activations WHERE webhook_id = ? AND (started_at <= ? OR started_at > ?)",
        webhook_id, transaction.now() - activation_window, transaction.now());
    transaction.execute("INSERT INTO webhook_activations (webhook_id, started_at) VALUES (?, ?)", webhook_id,
                        transaction.now());
    Query row =
        transaction.query("SELECT max(number) FROM webhook_activations WHERE webhook_id = ?", webhook_id);
    row.step();
    return row.integer(0);
}

void end_activation(Transaction& transaction, const std::string& webhook_id, const std::int64_t number,
                    const std::string_view outcome) {
    // The number alone may be another webhook's by now, if this one was deleted.
    transaction.execute("UPDATE webhook_activations SET outcome = ? WHERE number = ? AND webhook_id = ?",
                        outcome, number, webhook_id);
}

}  // namespace gateway::storage
