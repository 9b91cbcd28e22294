#include "storage/secrets/secrets.hpp"

#include "storage/tables/sealing_key.hpp"
#include "storage/values/private_file.hpp"

#include <stdexcept>

namespace gateway::storage {

namespace {

Keyring open_or_create(const bool may_create, const std::filesystem::path& key_file,
                       const RandomSource& random) {
    if (may_create && !std::filesystem::exists(key_file)) {
        make_folder_of(key_file);
        return Keyring::create(key_file, random);
    }
    return Keyring(key_file);
}

}  // namespace

Secrets::Secrets(const std::filesystem::path& key_file, RandomSource random)
    : random_(std::move(random)), keyring_(key_file) {}

std::vector<std::uint8_t> Secrets::seal(Snapshot& snapshot, const std::string_view plaintext,
                                        const std::string_view context) {
    return key_in_use(snapshot, keyring_)->seal(plaintext, context, random_);
}

std::optional<std::string> Secrets::open(Snapshot& snapshot, const Blob sealed,
                                         const std::string_view context) {
    return key_in_use(snapshot, keyring_)->open(sealed, context);
}

SealingKeyPtr key_in_use(Snapshot& snapshot, Keyring& keyring) {
    const auto key_id = sealing_key_id(snapshot);
    if (key_id) return keyring.get(*key_id);
    throw std::runtime_error(
        "the database names no sealing key: its table sealing_key is empty; start `session-gateway serve` "
        "anew, which names the key of the key file there");
}

std::int64_t prepare_secrets(Transaction& transaction, const std::filesystem::path& key_file,
                             const RandomSource& random) {
    const auto named = sealing_key_id(transaction);
    Keyring keyring = open_or_create(!named, key_file, random);
    const auto key = named ? keyring.get(*named) : keyring.keys().front();
    if (!named) set_sealing_key(transaction, key->id());
    return try_sealed_values(transaction, *key);
}

std::int64_t try_sealed_values(Transaction& transaction, const SealingKey& key) {
    std::int64_t shut = 0;
    for_each_sealed_value(transaction, [&](const SealedColumn& column, SealedValue& value) {
        const bool opens = key.open(value.bytes, value.row_id).has_value();
        if (!opens) ++shut;
        if (note_opening(value.bytes, opens)) replace_sealed_value(transaction, column, value);
    });
    return shut;
}

}  // namespace gateway::storage
