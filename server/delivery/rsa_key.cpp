#include "server/delivery/rsa_key.hpp"

#include "storage/values/encoding.hpp"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <array>
#include <cstdint>
#include <stdexcept>

namespace gateway::delivery {

namespace {

constexpr int bits = 2048;
constexpr int salt_size = 32;

/// Throws where OpenSSL gives anything but success.
void require(const bool success) {
    if (success) return;
    std::array<char, 256> reason{};
    ERR_error_string_n(ERR_get_error(), reason.data(), reason.size());
    ERR_clear_error();
    throw std::runtime_error("OpenSSL cannot use an RSA key: " + std::string(reason.data()));
}

struct FreeContext {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }

    void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
};

std::string modulus_of(const EVP_PKEY& key) {
    BIGNUM* number = nullptr;
    require(EVP_PKEY_get_bn_param(&key, OSSL_PKEY_PARAM_RSA_N, &number) == 1);
    std::array<std::uint8_t, bits / 8> bytes{};
    const int size = BN_bn2binpad(number, bytes.data(), static_cast<int>(bytes.size()));
    BN_free(number);
    require(size == static_cast<int>(bytes.size()));
    return base64url_encode(bytes);
}

}  // namespace

RsaKey::RsaKey(std::shared_ptr<EVP_PKEY> key) : key_(std::move(key)), modulus_(modulus_of(*key_)) {}

RsaKey RsaKey::generate(const std::stop_token& stop) {
    const std::unique_ptr<EVP_PKEY_CTX, FreeContext> context(
        EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
    require(context && EVP_PKEY_keygen_init(context.get()) == 1 &&
            EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), bits) == 1);
    EVP_PKEY_CTX_set_app_data(context.get(), const_cast<std::stop_token*>(&stop));
    EVP_PKEY_CTX_set_cb(context.get(), [](EVP_PKEY_CTX* const asking) {
        const auto* const token = static_cast<const std::stop_token*>(EVP_PKEY_CTX_get_app_data(asking));
        return token->stop_requested() ? 0 : 1;
    });
    EVP_PKEY* key = nullptr;
    require(EVP_PKEY_generate(context.get(), &key) == 1);
    return RsaKey(std::shared_ptr<EVP_PKEY>(key, EVP_PKEY_free));
}

std::optional<RsaKey> RsaKey::from_private_key(const std::string_view der) {
    const auto* begin = reinterpret_cast<const unsigned char*>(der.data());
    std::shared_ptr<EVP_PKEY> key(
        d2i_PrivateKey(EVP_PKEY_RSA, nullptr, &begin, static_cast<long>(der.size())), EVP_PKEY_free);
    ERR_clear_error();
    if (!key || EVP_PKEY_get_bits(key.get()) != bits) return std::nullopt;
    return RsaKey(std::move(key));
}

std::string RsaKey::private_key() const {
    const int size = i2d_PrivateKey(key_.get(), nullptr);
    require(size > 0);
    std::string der(static_cast<std::size_t>(size), '\0');
    auto* out = reinterpret_cast<unsigned char*>(der.data());
    require(i2d_PrivateKey(key_.get(), &out) == size);
    return der;
}

std::string RsaKey::sign(const std::string_view text) const {
    const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* padding = nullptr;  // a part of the context
    require(EVP_DigestSignInit_ex(context.get(), &padding, "SHA256", nullptr, nullptr, key_.get(), nullptr) ==
            1);
    require(EVP_PKEY_CTX_set_rsa_padding(padding, RSA_PKCS1_PSS_PADDING) == 1);
    require(EVP_PKEY_CTX_set_rsa_pss_saltlen(padding, salt_size) == 1);
    std::string signature(bits / 8, '\0');
    std::size_t size = signature.size();
    require(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                           reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1);
    return signature;
}

}  // namespace gateway::delivery
