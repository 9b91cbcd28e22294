// The secrets that webhooks' deliveries are signed with in the way of Standard Webhooks: made, opened,
// remembered.
#pragma once

#include "server/delivery/recent.hpp"
#include "server/delivery/told_once.hpp"
#include "storage/engine/database.hpp"
#include "storage/secrets/secrets.hpp"
#include "storage/values/type_id.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace gateway::delivery {

/// What signs now: the webhook's secret, and behind it a former one that signs along. At least one; 24 bytes
/// each, not text.
struct WebhookSecrets {
    std::vector<std::string> bytes;
};

/// A secret as people and libraries take it: "whsec_" and its bytes in base64.
std::string secret_text(std::string_view bytes);

/// What the functions below work with.
struct SecretParts {
    storage::Secrets& secrets;
    IdSource& ids;
    const RandomSource& random;
};

/// The secret of a webhook that exists; made where it has none. Throws CannotSign where it does not open, and
/// as storage::Secrets.
std::string webhook_secret(storage::Transaction& transaction, const std::string& webhook_id,
                           const SecretParts& parts);

/// Another one, which it gives; the one before signs along for `overlap`. Throws as webhook_secret(), but
/// what does not open is replaced.
std::string rotate_webhook_secret(storage::Transaction& transaction, const std::string& webhook_id,
                                  std::chrono::milliseconds overlap, const SecretParts& parts);

/// Remembers the secrets of webhooks for a while: what another process changes of them holds after that.
/// Functions may be called from any thread.
class SigningSecrets {
  public:
    /// All that is given outlives it. `log`, where there is one, is told once of each secret that does not
    /// open.
    SigningSecrets(storage::Database& database, const SecretParts& parts,
                   std::chrono::milliseconds kept_for = std::chrono::seconds(3), Log* log = nullptr);

    /// What signs for the webhook now. Throws CannotSign where there is no such webhook or none of its
    /// secrets opens, and what the database and the key file throw.
    boost::asio::awaitable<WebhookSecrets> secrets_of(std::string webhook_id);

    /// Whoever changed them says so, once that is on the disk.
    void forget(const std::string& webhook_id) { recent_.forget(webhook_id); }

  private:
    storage::Database& database_;
    SecretParts parts_;
    Recent<WebhookSecrets> recent_;
    ToldOnce told_;
};

}  // namespace gateway::delivery
