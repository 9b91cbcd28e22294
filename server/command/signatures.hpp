// What a delivery is signed with, checked as its receiver does.
#pragma once

#include "storage/values/timestamp.hpp"

#include <openssl/types.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::command {

/// An RSA key of an app, for verifying alone.
using PublicKey = std::shared_ptr<EVP_PKEY>;

/// The keys of an app by their ids.
using KeySet = std::map<std::string, PublicKey, std::less<>>;

/// Reads a JWK Set (RFC 7517). Keys for anything but RSASSA-PSS with SHA-256 are passed over. Throws
/// std::invalid_argument, saying what is wrong with it.
KeySet read_key_set(std::string_view json);

/// The bytes of a Standard Webhooks secret, "whsec_" and base64; nothing where it is none.
std::optional<std::vector<std::uint8_t>> read_webhook_secret(std::string_view text);

/// The headers of a delivery; empty where they are missing.
struct SignatureHeaders {
    std::string_view rsa_signature;  ///< X-Webhook-Signature
    std::string_view id;             ///< webhook-id
    std::string_view timestamp;      ///< webhook-timestamp
    std::string_view signature;      ///< webhook-signature
};

/// Beyond this age, or this far ahead, a Standard Webhooks signature counts for nothing: it may be a replay.
inline constexpr std::chrono::minutes signature_tolerance{5};

// Each gives what is wrong, for a person to read, what came quoted; nothing where the signature is good.

std::optional<std::string> rsa_fault(EVP_PKEY& key, const SignatureHeaders& headers, std::string_view body);

std::optional<std::string> standard_fault(const std::vector<std::uint8_t>& secret,
                                          const SignatureHeaders& headers, std::string_view body,
                                          Timestamp now);

}  // namespace gateway::command
