#include "storage/tables/activations.hpp"

#include "storage/engine/transaction.hpp"

#include <algorithm>

namespace gateway::storage {

namespace {

constexpr Sql counting(const CountedBy by) {
    switch (by) {
        case CountedBy::webhook:
            return "SELECT count(*), min(started_at) FROM webhook_activations"
                   " WHERE webhook_id = ? AND started_at > ? AND started_at <= ?";
        case CountedBy::app:
            return "SELECT count(*), min(started_at) FROM webhook_activations"
                   " WHERE app_id = ? AND started_at > ? AND started_at <= ?";
        case CountedBy::host:
            break;
    }
    return "SELECT count(*), min(started_at) FROM webhook_activations"
           " WHERE host = ? AND started_at > ? AND started_at <= ?";
}

}  // namespace

RecentActivations recent_activations(Snapshot& snapshot, const CountedBy by, const std::string& value) {
    Query row = snapshot.query(counting(by), value, snapshot.now() - activation_window, snapshot.now());
    row.step();
    return {row.integer(0), row.optional_timestamp(1).value_or(Timestamp{})};
}

std::optional<Timestamp> running_activation(Snapshot& snapshot, const std::string& webhook_id,
                                            const Timestamp earliest) {
    Query row = snapshot.query(
        "SELECT max(started_at) FROM webhook_activations"
        " WHERE webhook_id = ? AND started_at > ? AND started_at <= ? AND outcome = 'running'",
        webhook_id, earliest, snapshot.now());
    row.step();
    return row.optional_timestamp(0);
}

std::int64_t begin_activation(Transaction& transaction, const NewActivation& activation) {
    Query row = transaction.query(
        "INSERT INTO webhook_activations (webhook_id, app_id, host, started_at) VALUES (?, ?, ?, ?)"
        " RETURNING number",
        activation.webhook_id, activation.app_id, activation.host, transaction.now());
    row.step();
    return row.integer(0);
}

void end_activation(Transaction& transaction, const std::string& webhook_id, const std::int64_t number,
                    const std::string_view outcome) {
    // A number is given again once its row is forgotten.
    transaction.execute("UPDATE webhook_activations SET outcome = ? WHERE number = ? AND webhook_id = ?",
                        outcome, number, webhook_id);
}

void forget_activations(Transaction& transaction, const Timestamp earliest) {
    const auto before = transaction.now() - activation_window;
    transaction.execute("DELETE FROM webhook_activations WHERE started_at <= ? OR started_at > ?",
                        std::min(before, earliest), transaction.now());
}

}  // namespace gateway::storage
