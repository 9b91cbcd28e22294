#include "server/delivery/standard_webhooks.hpp"

#include "storage/values/encoding.hpp"
#include "storage/values/sha256.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <array>
#include <cstdint>
#include <memory>
#include <stdexcept>

namespace gateway::delivery {

namespace {

constexpr std::size_t digest_digits = 32;  // 128 bits

struct FreeMac {
    void operator()(EVP_MAC* mac) const { EVP_MAC_free(mac); }

    void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};

/// HMAC-SHA256 over the parts, one behind the other.
std::array<std::uint8_t, 32> hmac(const std::string_view key, const std::span<const std::string_view> parts) {
    // Fetched once: looking it up by name costs more than a small body.
    static const std::unique_ptr<EVP_MAC, FreeMac> algorithm{EVP_MAC_fetch(nullptr, "HMAC", nullptr)};
    std::string name = "SHA256";
    const std::array parameters{OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name.data(), 0),
                                OSSL_PARAM_construct_end()};
    const auto bytes_of = [](const std::string_view text) {
        return reinterpret_cast<const unsigned char*>(text.data());
    };
    const std::unique_ptr<EVP_MAC_CTX, FreeMac> context{EVP_MAC_CTX_new(algorithm.get())};
    bool good = context && EVP_MAC_init(context.get(), bytes_of(key), key.size(), parameters.data()) == 1;
    for (const auto part : parts)
        good = good && EVP_MAC_update(context.get(), bytes_of(part), part.size()) == 1;
    std::array<std::uint8_t, 32> digest{};
    std::size_t size = 0;
    good = good && EVP_MAC_final(context.get(), digest.data(), &size, digest.size()) == 1;
    if (!good) throw std::runtime_error("OpenSSL cannot compute HMAC-SHA256");
    return digest;
}

}  // namespace

std::string message_id(const std::string_view webhook_id, const std::span<const std::string> event_ids) {
    std::string text(webhook_id);
    for (const auto& id : event_ids)
        text.append("\n").append(id);
    return "msg_" + sha256_hex(text).substr(0, digest_digits);
}

std::string standard_signature(const WebhookSecrets& secrets, const std::string_view id,
                               const std::chrono::sys_seconds time, const std::string_view body) {
    const auto seconds = std::to_string(time.time_since_epoch().count());
    const std::array<std::string_view, 5> parts{id, ".", seconds, ".", body};
    std::string value;
    for (const auto& key : secrets.bytes)
        value.append(value.empty() ? "v1," : " v1,").append(base64_encode(hmac(key, parts)));
    return value;
}

}  // namespace gateway::delivery
