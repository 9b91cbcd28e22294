// The operations of the Signatures tag: what a receiver verifies its deliveries with.
#pragma once

#include "server/api/mode.hpp"
#include "server/api/operation.hpp"
#include "server/api/webhooks.hpp"
#include "server/delivery/rsa_key.hpp"
#include "storage/engine/transaction.hpp"

#include <boost/asio/awaitable.hpp>

#include <span>
#include <string>
#include <vector>

namespace gateway::api {

/// RFC 7517, of an RSA key that signs.
struct JsonWebKey {
    std::string kty = "RSA";
    std::string use = "sig";
    std::string alg = "PS256";
    std::string kid;
    std::string n;
    std::string e = std::string(delivery::RsaKey::exponent);

    static constexpr auto describe() {
        return message(
            "JsonWebKey", field(&JsonWebKey::kty, {"kty", "The kind of key.", R"("RSA")"}),
            field(&JsonWebKey::use, {"use", "What it is for.", R"("sig")"}),
            field(&JsonWebKey::alg, {"alg", "RSASSA-PSS with SHA-256 and a salt of 32 bytes.", R"("PS256")"}),
            field(&JsonWebKey::kid, {"kid", "Its id: X-Webhook-Signature-Key-Id of a delivery.",
                                     R"("sigkey_01jqebhswje1ka1z7ahr9rfsgt")"}),
            field(&JsonWebKey::n, {"n", "The modulus, 2048 bits, in base64url."}),
            field(&JsonWebKey::e, {"e", "The exponent, in base64url.", R"("AQAB")"}));
    }
};

struct JsonWebKeySet {
    std::vector<JsonWebKey> keys;

    static constexpr auto describe() {
        return message(
            "JsonWebKeySet",
            field(&JsonWebKeySet::keys, {"keys",
                                         "The one that signs, the one that will, and those that did until "
                                         "they are retired; oldest first."}));
    }
};

struct WebhookSecretResponse {
    std::string secret;

    static constexpr auto describe() {
        return message("WebhookSecretResponse",
                       field(&WebhookSecretResponse::secret,
                             {"secret", "What libraries of Standard Webhooks verify with.",
                              R"("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")"}));
    }
};

/// The public keys of an app, whether sessions are enabled for it or not. `app_not_found`; `overloaded` where
/// it has no key yet.
Result<JsonWebKeySet> key_set(storage::Snapshot& snapshot, const AppRequest& request);

/// As key_set(), and has a key made for an app that has none.
boost::asio::awaitable<Result<JsonWebKeySet>> get_key_set(Context& context, AppRequest request);

/// The secret of a webhook, which is made where it has none. Throws delivery::CannotSign where it does not
/// open.
Result<WebhookSecretResponse> get_webhook_secret(storage::Transaction& transaction,
                                                 const WebhookRequest& request, const Services& services);

/// Another secret; the one before signs along for services.secret_overlap.
boost::asio::awaitable<Result<WebhookSecretResponse>> rotate_webhook_secret(Context& context,
                                                                            WebhookRequest request);

std::span<const Operation> signature_operations() noexcept;

}  // namespace gateway::api
