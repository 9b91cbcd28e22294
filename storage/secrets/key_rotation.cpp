#include "storage/secrets/key_rotation.hpp"

#include "storage/secrets/keyring.hpp"

#include <stdexcept>
#include <vector>

namespace gateway::storage {

namespace {

struct SealedRow {
    std::int64_t number;
    std::string webhook_id;
    std::vector<std::uint8_t> sealed;
};

/// Some rows behind `number`; none when there are no more.
std::vector<SealedRow> rows_after(Snapshot& snapshot, const std::int64_t number) {
    Query row = snapshot.query(
        "SELECT number, id, verification_token_sealed FROM webhooks WHERE number > ? ORDER BY number LIMIT "
        "1000",
        number);
    std::vector<SealedRow> rows;
    while (row.step()) {
        const Blob sealed = row.blob(2);
        rows.push_back({row.integer(0), std::string(row.text(1)), {sealed.begin(), sealed.end()}});
    }
    return rows;
}

std::int64_t reseal(Transaction& transaction, const SealingKey& from, const SealingKey& to,
                    const RandomSource& random) {
    std::int64_t count = 0;
    for (auto rows = rows_after(transaction, 0); !rows.empty();
         rows = rows_after(transaction, rows.back().number)) {
        for (const auto& row : rows) {
            const auto secret = from.open(row.sealed, row.webhook_id);
            transaction.execute("UPDATE webhooks SET verification_token_sealed = ? WHERE number = ?",
                                Blob(to.seal(secret, row.webhook_id, random)), row.number);
            ++count;
        }
    }
    return count;
}

SealingKeyPtr key_in_use(Snapshot& snapshot, Keyring& keyring) {
    Query row = snapshot.query("SELECT key_id FROM sealing_key");
    if (!row.step())
        throw std::runtime_error("the database names no sealing key; run `session-gateway migrate`");
    return keyring.get(row.text(0));
}

}  // namespace

KeyRotation rotate_sealing_key(CommandDatabase& database, const std::filesystem::path& key_file,
                               const RandomSource& random) {
    Keyring keyring(key_file);
    const auto change_key = [&](Transaction& transaction) {
        const auto old_key = key_in_use(transaction, keyring);
        const auto new_key = std::make_shared<const SealingKey>(SealingKey::generate(random));
        keyring.replace({old_key, new_key});
        KeyRotation rotation{new_key->id(), reseal(transaction, *old_key, *new_key, random)};
        transaction.execute("UPDATE sealing_key SET key_id = ?, since = ?", new_key->id(), transaction.now());
        return rotation;
    };
    auto rotation = database.write(change_key);

    // Looks at the database again, under the pen: another rotation may have come between.
    const auto drop_old_key = [&](Transaction& transaction) {
        const auto key = key_in_use(transaction, keyring);
        keyring.replace({key});
        return true;
    };
    database.write(drop_old_key);
    return rotation;
}

}  // namespace gateway::storage
