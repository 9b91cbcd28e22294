#include "server/delivery/signing_key.hpp"

#include "server/delivery/cannot_sign.hpp"
#include "storage/values/encoding.hpp"

#include <openssl/crypto.h>

#include <cstdint>
#include <span>
#include <vector>

namespace gateway::delivery {

namespace {

std::vector<std::uint8_t> sealed(storage::Snapshot& snapshot, const std::string& key_id, const RsaKey& key,
                                 storage::Secrets& secrets) {
    auto plain = key.private_key();
    auto bytes = secrets.seal(snapshot, plain, key_id);
    OPENSSL_cleanse(plain.data(), plain.size());
    return bytes;
}

storage::SigningKey row_of(const std::string& app_id, const std::string& key_id, const RsaKey& key,
                           const Timestamp signs_from) {
    return {
        .id = key_id, .app_id = app_id, .modulus = key.modulus(), .created_at = {}, .signs_from = signs_from};
}

}  // namespace

std::string SigningKey::signature(const std::string_view body) const {
    const auto bytes = key_.sign(body);
    return "rsassa-pss-sha256=" +
           base64url_encode({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

void add_signing_key(storage::Transaction& transaction, const std::string& app_id, const std::string& key_id,
                     const RsaKey& key, const Timestamp signs_from, storage::Secrets& secrets) {
    storage::insert_signing_key(transaction, row_of(app_id, key_id, key, signs_from),
                                sealed(transaction, key_id, key, secrets));
}

bool add_first_signing_key(storage::Transaction& transaction, const std::string& app_id,
                           const std::string& key_id, const RsaKey& key, storage::Secrets& secrets) {
    return storage::insert_first_signing_key(transaction, row_of(app_id, key_id, key, transaction.now()),
                                             sealed(transaction, key_id, key, secrets));
}

SigningKeyPtr open_signing_key(storage::Snapshot& snapshot, const storage::SigningKey& row,
                               storage::Secrets& secrets) {
    const auto advice = "; `session-gateway key rotate --now --app " + row.app_id + "` makes a new one";
    auto plain = secrets.open(snapshot, storage::sealed_private_key(snapshot, row.id), row.id);
    if (!plain)
        throw CannotSign("the signing key " + row.id + " of app " + row.app_id +
                         " does not open with the sealing key in use" + advice +
                         ", or put back the key file that sealed it");
    auto key = RsaKey::from_private_key(*plain);
    OPENSSL_cleanse(plain->data(), plain->size());
    if (!key || key->modulus() != row.modulus)
        throw CannotSign("the signing key " + row.id + " of app " + row.app_id +
                         " holds a private part that does not belong to its modulus" + advice);
    return std::make_shared<const SigningKey>(row.id, *std::move(key));
}

}  // namespace gateway::delivery
