#include "storage/secrets/sealing.hpp"

#include "storage/values/sha256.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

namespace gateway::storage {

namespace {

// The first byte of a sealed value.
constexpr std::uint8_t shut = 0;
constexpr std::uint8_t sound = 1;
constexpr std::size_t nonce_size = 12;
constexpr std::size_t tag_size = 16;
constexpr std::size_t header_size = 1 + nonce_size;
constexpr std::size_t overhead = header_size + tag_size;
constexpr std::string_view fingerprint_label = "session-gateway sealing key\n";

struct FreeContext {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

enum class Direction { open = 0, seal = 1 };

std::span<const std::uint8_t> as_bytes(const std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

[[noreturn]] void throw_openssl_failure() {
    throw std::runtime_error("OpenSSL cannot do AES-256-GCM");
}

void require(const int openssl_result) {
    if (openssl_result != 1) throw_openssl_failure();
}

/// A cipher that has taken the key, the nonce and the context, and waits for the text.
CipherContext make_cipher(const Direction direction, const std::span<const std::uint8_t> key,
                          const std::span<const std::uint8_t> nonce, const std::string_view context) {
    CipherContext cipher{EVP_CIPHER_CTX_new()};
    int length = 0;
    require(EVP_CipherInit_ex2(cipher.get(), EVP_aes_256_gcm(), key.data(), nonce.data(),
                               static_cast<int>(direction), nullptr));
    require(EVP_CipherUpdate(cipher.get(), nullptr, &length, as_bytes(context).data(),
                             static_cast<int>(context.size())));
    return cipher;
}

/// Turns one text into the other, which is as long. The tag is not looked at yet.
void transform(const CipherContext& cipher, const std::span<const std::uint8_t> input,
               std::uint8_t* const output) {
    int length = 0;
    if (input.empty()) return;
    require(EVP_CipherUpdate(cipher.get(), output, &length, input.data(), static_cast<int>(input.size())));
}

bool finish(const CipherContext& cipher) {
    // GCM has nothing left to write here; OpenSSL still wants a place.
    std::array<std::uint8_t, EVP_MAX_BLOCK_LENGTH> nothing{};
    int length = 0;
    return EVP_CipherFinal_ex(cipher.get(), nothing.data(), &length) == 1;
}

std::string fingerprint(const std::span<const std::uint8_t> key) {
    std::string text;
    text.reserve(fingerprint_label.size() + key.size());
    text.append(fingerprint_label).append(key.begin(), key.end());
    const std::string digest = sha256_hex(text);
    OPENSSL_cleanse(text.data(), text.size());
    return "key_" + digest.substr(0, 16);
}

}  // namespace

SealingKey::SealingKey(const std::span<const std::uint8_t, size> bytes) : id_(fingerprint(bytes)) {
    std::ranges::copy(bytes, bytes_.begin());
}

SealingKey::~SealingKey() {
    OPENSSL_cleanse(bytes_.data(), bytes_.size());
}

SealingKey SealingKey::generate(const RandomSource& random) {
    std::array<std::uint8_t, size> bytes{};
    random(bytes);
    const SealingKey key{bytes};
    OPENSSL_cleanse(bytes.data(), bytes.size());
    return key;
}

std::vector<std::uint8_t> SealingKey::seal(const std::string_view plaintext, const std::string_view context,
                                           const RandomSource& random) const {
    if (plaintext.size() > longest_plaintext) throw std::length_error("too long to be sealed");
    std::vector<std::uint8_t> sealed(plaintext.size() + overhead);
    const auto nonce = std::span{sealed}.subspan<1, nonce_size>();
    const auto ciphertext = std::span{sealed}.subspan(header_size, plaintext.size());
    const auto tag = std::span{sealed}.last<tag_size>();
    sealed.front() = sound;
    random(nonce);

    const CipherContext cipher = make_cipher(Direction::seal, bytes_, nonce, context);
    transform(cipher, as_bytes(plaintext), ciphertext.data());
    if (!finish(cipher)) throw_openssl_failure();
    require(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_GET_TAG, tag_size, tag.data()));
    return sealed;
}

std::optional<std::string> SealingKey::open(const std::span<const std::uint8_t> sealed,
                                            const std::string_view context) const {
    if (sealed.size() < overhead || sealed.size() > overhead + longest_plaintext || sealed[0] > sound)
        return std::nullopt;
    const auto nonce = sealed.subspan<1, nonce_size>();
    const auto ciphertext = sealed.subspan(header_size, sealed.size() - overhead);
    std::array<std::uint8_t, tag_size> tag{};
    std::ranges::copy(sealed.last<tag_size>(), tag.begin());

    const CipherContext cipher = make_cipher(Direction::open, bytes_, nonce, context);
    std::string plaintext(ciphertext.size(), '\0');
    transform(cipher, ciphertext, reinterpret_cast<std::uint8_t*>(plaintext.data()));
    require(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_SET_TAG, tag_size, tag.data()));
    if (finish(cipher)) return plaintext;
    OPENSSL_cleanse(plaintext.data(), plaintext.size());
    return std::nullopt;
}

bool note_opening(const std::span<std::uint8_t> sealed, const bool opens) noexcept {
    const std::uint8_t note = opens ? sound : shut;
    if (sealed.empty() || sealed[0] > sound || sealed[0] == note) return false;
    sealed[0] = note;
    return true;
}

}  // namespace gateway::storage
