#include "storage/tables/sealing_key.hpp"

#include "storage/engine/transaction.hpp"

namespace gateway::storage {

std::span<const SealedColumn> sealed_columns() noexcept {
    static constexpr SealedColumn all[]{
        {"signing_keys", "private_key_sealed",
         "SELECT number, id, private_key_sealed FROM signing_keys"
         " WHERE number > ? AND private_key_sealed IS NOT NULL ORDER BY number LIMIT 1000",
         "UPDATE signing_keys SET private_key_sealed = ? WHERE number = ?"},
        {"webhook_secrets", "secret_sealed",
         "SELECT number, id, secret_sealed FROM webhook_secrets WHERE number > ? ORDER BY number LIMIT 1000",
         "UPDATE webhook_secrets SET secret_sealed = ? WHERE number = ?"},
        {"webhooks", "verification_token_sealed",
         "SELECT number, id, verification_token_sealed FROM webhooks WHERE number > ? ORDER BY number LIMIT "
         "1000",
         "UPDATE webhooks SET verification_token_sealed = ? WHERE number = ?"},
    };
    return all;
}

std::vector<SealedValue> sealed_values(Snapshot& snapshot, const SealedColumn& column,
                                       const std::int64_t number) {
    Query row = snapshot.query(column.read, number);
    std::vector<SealedValue> values;
    while (row.step()) {
        const Blob bytes = row.blob(2);
        values.push_back({row.integer(0), std::string(row.text(1)), {bytes.begin(), bytes.end()}});
    }
    return values;
}

void replace_sealed_value(Transaction& transaction, const SealedColumn& column, const SealedValue& value) {
    transaction.execute(column.write, Blob(value.bytes), value.number);
}

std::optional<std::string> sealing_key_id(Snapshot& snapshot) {
    Query row = snapshot.query("SELECT key_id FROM sealing_key");
    if (!row.step()) return std::nullopt;
    return std::string(row.text(0));
}

void set_sealing_key(Transaction& transaction, const std::string& key_id) {
    transaction.execute(
        "INSERT INTO sealing_key (only_row, key_id, since) VALUES (1, ?, ?)"
        " ON CONFLICT (only_row) DO UPDATE SET key_id = excluded.key_id, since = excluded.since",
        key_id, transaction.now());
}

}  // namespace gateway::storage
