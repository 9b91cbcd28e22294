// The key that an app's deliveries are signed with, and how it is kept.
#pragma once

#include "server/delivery/rsa_key.hpp"
#include "storage/secrets/secrets.hpp"
#include "storage/tables/signing_keys.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace gateway::delivery {

/// Immutable; used by any number of threads.
class SigningKey {
  public:
    SigningKey(std::string id, RsaKey key) : id_(std::move(id)), key_(std::move(key)) {}

    /// The value of X-Webhook-Signature-Key-Id; `kid` of the app's JWK Set.
    [[nodiscard]] const std::string& id() const noexcept { return id_; }

    /// The value of X-Webhook-Signature: `rsassa-pss-sha256=<base64url>`. 0.2 ms of work, so not on an I/O
    /// thread: see Signers. Throws std::runtime_error where OpenSSL fails.
    [[nodiscard]] std::string signature(std::string_view body) const;

  private:
    std::string id_;
    RsaKey key_;
};

/// How long receivers may keep an app's JWK Set.
inline constexpr std::chrono::hours key_set_max_age{1};

using SigningKeyPtr = std::shared_ptr<const SigningKey>;

/// Writes a key that signs from then on. The app must exist. Throws as Secrets::seal().
void add_signing_key(storage::Transaction& transaction, const std::string& app_id, const std::string& key_id,
                     const RsaKey& key, Timestamp signs_from, storage::Secrets& secrets);

/// As add_signing_key(), from now on, unless the app is gone or has a key: false then.
bool add_first_signing_key(storage::Transaction& transaction, const std::string& app_id,
                           const std::string& key_id, const RsaKey& key, storage::Secrets& secrets);

/// The private part of a key's row. Throws CannotSign where that does not open or is another key's, and as
/// Secrets::open().
SigningKeyPtr open_signing_key(storage::Snapshot& snapshot, const storage::SigningKey& row,
                               storage::Secrets& secrets);

}  // namespace gateway::delivery
