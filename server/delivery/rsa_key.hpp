// An RSA key of 2,048 bits, and its signatures: RSASSA-PSS with SHA-256, MGF1 with SHA-256, a salt of 32
// bytes.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

typedef struct evp_pkey_st EVP_PKEY;  // NOLINT(modernize-use-using): as OpenSSL declares it

namespace gateway::delivery {

/// Copies share the key; any number of threads may sign with it. All of it throws std::runtime_error where
/// OpenSSL fails.
class RsaKey {
  public:
    /// A new one: 0.1 s of work, up to 0.6 s, so on a thread that has nothing else to do. Throws as soon as
    /// `stop` is requested.
    static RsaKey generate(const std::stop_token& stop = {});

    /// What private_key() gave; nothing where it is no such key.
    static std::optional<RsaKey> from_private_key(std::string_view der);

    /// PKCS#1, DER. Whoever has it wipes it.
    [[nodiscard]] std::string private_key() const;

    /// The public part in base64url, 342 characters: `n` of a JSON Web Key.
    [[nodiscard]] const std::string& modulus() const noexcept { return modulus_; }

    /// The other public part, `e`, of every key: 65537.
    static constexpr std::string_view exponent = "AQAB";

    /// 256 bytes; others each time. 0.2 ms of work.
    [[nodiscard]] std::string sign(std::string_view text) const;

  private:
    explicit RsaKey(std::shared_ptr<EVP_PKEY> key);

    std::shared_ptr<EVP_PKEY> key_;
    std::string modulus_;
};

}  // namespace gateway::delivery
