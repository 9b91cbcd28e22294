#include "storage/key_rotation.hpp"

#include "storage/secrets/secrets.hpp"
#include "storage/tables/sealing_key.hpp"
#include "storage/values/private_file.hpp"

namespace gateway::storage {

namespace {

void reseal(Transaction& transaction, const SealingKey& from, const SealingKey& to,
            const RandomSource& random, KeyRotation& rotation) {
    for_each_sealed_value(transaction, [&](const SealedColumn& column, SealedValue& value) {
        if (const auto secret = from.open(value.bytes, value.row_id)) {
            value.bytes = to.seal(*secret, value.row_id, random);
            ++rotation.resealed;
        } else {
            rotation.shut.push_back(value.row_id);
            if (!note_opening(value.bytes, false)) return;
        }
        replace_sealed_value(transaction, column, value);
    });
}

}  // namespace

KeyRotation rotate_sealing_key(CommandDatabase& database, const std::filesystem::path& key_file,
                               const RandomSource& random) {
    Keyring keyring(key_file);
    const auto change_key = [&](Transaction& transaction) {
        const auto old_key = key_in_use(transaction, keyring);
        const auto new_key = std::make_shared<const SealingKey>(SealingKey::generate(random));
        keyring.replace({old_key, new_key});
        KeyRotation rotation{.key_id = new_key->id(), .resealed = 0, .shut = {}};
        reseal(transaction, *old_key, *new_key, random, rotation);
        set_sealing_key(transaction, new_key->id());
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

KeyReset reset_sealing_key(CommandDatabase& database, const std::filesystem::path& key_file,
                           const RandomSource& random) {
    make_folder_of(key_file);
    return database.write([&](Transaction& transaction) {
        const auto key = Keyring::create(key_file, random).keys().front();
        set_sealing_key(transaction, key->id());
        return KeyReset{key->id(), try_sealed_values(transaction, *key)};
    });
}

}  // namespace gateway::storage
