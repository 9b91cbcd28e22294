#include "storage/tables/signing_keys.hpp"

#include "storage/engine/transaction.hpp"
#include "storage/tables/apps.hpp"
#include "storage/values/unreadable.hpp"

namespace gateway::storage {

namespace {

SigningKey read_key(const Query& row) {
    SigningKey key{.id = std::string(row.text(0)),
                   .app_id = std::string(row.text(1)),
                   .modulus = std::string(row.text(2)),
                   .created_at = {},
                   .signs_from = {}};
    try {
        key.retired_at = row.optional_timestamp(5);
        key.signs_from = row.timestamp(4);
        key.created_at = row.timestamp(3);
    } catch (const UnreadableValue& value) {
        key.fault = fault_in_row("signing_keys", key.id, value);
    }
    return key;
}

bool has_signing_key(Snapshot& snapshot, const std::string& app_id) {
    return snapshot.query("SELECT 1 FROM signing_keys WHERE app_id = ? AND retired_at IS NULL", app_id)
        .step();
}

}  // namespace

std::vector<SigningKey> list_signing_keys(Snapshot& snapshot, const std::string& app_id) {
    Query row = snapshot.query(
        "SELECT id, app_id, modulus, created_at, signs_from, retired_at FROM signing_keys"
        " WHERE app_id = ? ORDER BY number",
        app_id);
    std::vector<SigningKey> keys;
    while (row.step())
        keys.push_back(read_key(row));
    return keys;
}

const SigningKey* signing_key_at(const std::vector<SigningKey>& keys, const Timestamp now) {
    const SigningKey* signing = nullptr;
    for (const SigningKey& key : keys) {
        if (key.retired_at) continue;
        if (signing == nullptr || key.signs_from <= now) signing = &key;
    }
    return signing;
}

std::vector<std::uint8_t> sealed_private_key(Snapshot& snapshot, const std::string& key_id) {
    Query row = snapshot.query(
        "SELECT private_key_sealed FROM signing_keys WHERE id = ? AND private_key_sealed IS NOT NULL",
        key_id);
    if (!row.step()) return {};
    const Blob sealed = row.blob(0);
    return {sealed.begin(), sealed.end()};
}

void insert_signing_key(Transaction& transaction, const SigningKey& key, const Blob sealed_private_key) {
    transaction.execute(
        "INSERT INTO signing_keys (id, app_id, modulus, created_at, signs_from, private_key_sealed)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        key.id, key.app_id, key.modulus, transaction.now(), key.signs_from, sealed_private_key);
}

bool insert_first_signing_key(Transaction& transaction, const SigningKey& key,
                              const Blob sealed_private_key) {
    if (!find_app(transaction, key.app_id) || has_signing_key(transaction, key.app_id)) return false;
    insert_signing_key(transaction, key, sealed_private_key);
    return true;
}

bool retire_signing_key(Transaction& transaction, const std::string& key_id) {
    return transaction.execute(
               "UPDATE signing_keys SET retired_at = ?, private_key_sealed = NULL"
               " WHERE id = ? AND retired_at IS NULL",
               transaction.now(), key_id) == 1;
}

std::vector<std::string> apps_without_signing_key(Snapshot& snapshot) {
    Query row = snapshot.query(
        "SELECT id FROM apps WHERE NOT EXISTS"
        " (SELECT 1 FROM signing_keys WHERE app_id = apps.id AND retired_at IS NULL)"
        " ORDER BY number LIMIT 100");
    std::vector<std::string> apps;
    while (row.step())
        apps.emplace_back(row.text(0));
    return apps;
}

}  // namespace gateway::storage
