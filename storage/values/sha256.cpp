#include "storage/values/sha256.hpp"

#include "storage/values/encoding.hpp"

#include <openssl/evp.h>

#include <memory>
#include <stdexcept>

namespace gateway {

namespace {

struct FreeAlgorithm {
    void operator()(EVP_MD* algorithm) const { EVP_MD_free(algorithm); }
};

/// Fetched once: looking it up by name costs more than hashing a token.
const EVP_MD* sha256_algorithm() {
    static const std::unique_ptr<EVP_MD, FreeAlgorithm> algorithm{EVP_MD_fetch(nullptr, "SHA256", nullptr)};
    return algorithm.get();
}

}  // namespace

std::array<std::uint8_t, 32> sha256(const std::string_view bytes) {
    std::array<std::uint8_t, 32> digest{};
    const EVP_MD* const algorithm = sha256_algorithm();
    if (algorithm == nullptr ||
        EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, algorithm, nullptr) != 1)
        throw std::runtime_error("OpenSSL cannot compute SHA-256");
    return digest;
}

std::string sha256_hex(const std::string_view bytes) {
    return hex_encode(sha256(bytes));
}

}  // namespace gateway
