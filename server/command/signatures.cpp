#include "server/command/signatures.hpp"

#include "server/text/quote.hpp"
#include "storage/values/encoding.hpp"

#include <boost/json/parse.hpp>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>

namespace gateway::command {

namespace json = boost::json;

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t smallest_modulus = 256;  // bytes; RSASSA-PSS with less than 2,048 bits is not for us

template <class T, void (*release)(T*)>
struct Release {
    void operator()(T* const object) const { release(object); }
};

template <class T, void (*release)(T*)>
using Handle = std::unique_ptr<T, Release<T, release>>;

Handle<BIGNUM, BN_free> number_of(const Bytes& bytes) {
    return Handle<BIGNUM, BN_free>(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
}

/// Null where OpenSSL makes no key of it.
PublicKey make_key(const Bytes& modulus, const Bytes& exponent) {
    const auto n = number_of(modulus);
    const auto e = number_of(exponent);
    const Handle<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> builder(OSSL_PARAM_BLD_new());
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
    const Handle<OSSL_PARAM, OSSL_PARAM_free> parameters(OSSL_PARAM_BLD_to_param(builder.get()));
    const Handle<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context(
        EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
    EVP_PKEY* key = nullptr;
    EVP_PKEY_fromdata_init(context.get());
    EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get());
    return {key, EVP_PKEY_free};
}

std::string_view text_of(const json::object& object, const std::string_view name) {
    const auto* const value = object.if_contains(name);
    return value && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

PublicKey read_key(const json::object& jwk) {
    const auto modulus = base64url_decode(text_of(jwk, "n"));
    const auto exponent = base64url_decode(text_of(jwk, "e"));
    const bool usable = modulus && exponent && modulus->size() >= smallest_modulus && !exponent->empty();
    return usable ? make_key(*modulus, *exponent) : nullptr;
}

bool verifies(EVP_PKEY& key, const std::string_view body, const Bytes& signature) {
    const Handle<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* options = nullptr;  // the context's own
    const auto bytes = [](const std::string_view text) {
        return reinterpret_cast<const unsigned char*>(text.data());
    };
    return EVP_DigestVerifyInit(context.get(), &options, EVP_sha256(), nullptr, &key) == 1 &&
           EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) == 1 &&
           EVP_DigestVerify(context.get(), signature.data(), signature.size(), bytes(body), body.size()) == 1;
}

std::optional<Bytes> base64_decode(const std::string_view text) {
    std::string url(text.substr(0, text.find('=')));
    std::ranges::replace(url, '+', '-');
    std::ranges::replace(url, '/', '_');
    auto bytes = base64url_decode(url);
    return bytes && base64_encode(*bytes) == text ? std::move(bytes) : std::nullopt;
}

std::string standard_signature(const Bytes& secret, const SignatureHeaders& headers,
                               const std::string_view body) {
    std::string text(headers.id);
    text.append(".").append(headers.timestamp).append(".").append(body);
    std::array<std::uint8_t, 32> digest{};
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), nullptr);
    return "v1," + base64_encode(digest);
}

/// Whether it is one of those that a blank separates.
bool is_among(std::string_view list, const std::string_view wanted) {
    while (!list.empty()) {
        const auto one = list.substr(0, list.find(' '));
        if (one.size() == wanted.size() && CRYPTO_memcmp(one.data(), wanted.data(), one.size()) == 0)
            return true;
        list.remove_prefix(std::min(one.size() + 1, list.size()));
    }
    return false;
}

std::optional<std::string> timestamp_fault(const std::string_view text, const Timestamp now) {
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error != std::errc() || end != text.data() + text.size())
        return "webhook-timestamp: found " + quote(text) + ", expected seconds since 1970";
    const auto age = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count() - seconds;
    constexpr auto most = std::chrono::seconds(signature_tolerance).count();
    if (age >= -most && age <= most) return {};
    return "webhook-timestamp: " + quote(text) + " is more than 5 minutes from now, so it may be a replay";
}

}  // namespace

KeySet read_key_set(const std::string_view text) {
    boost::system::error_code error;
    const auto document = json::parse(text, error);
    const auto* const set = error ? nullptr : document.if_object();
    const auto* const keys = set ? set->if_contains("keys") : nullptr;
    if (!keys || !keys->is_array()) throw std::invalid_argument("not a JWK Set, {\"keys\":[…]}");
    KeySet found;
    for (const auto& entry : keys->get_array()) {
        const auto* const jwk = entry.if_object();
        if (!jwk || text_of(*jwk, "kty") != "RSA" || text_of(*jwk, "alg") != "PS256") continue;
        auto key = read_key(*jwk);
        if (!key) throw std::invalid_argument("a key of the JWK Set has no usable n and e");
        found.emplace(text_of(*jwk, "kid"), std::move(key));
    }
    return found;
}

std::optional<Bytes> read_webhook_secret(const std::string_view text) {
    constexpr std::string_view prefix = "whsec_";
    if (!text.starts_with(prefix) || text == prefix) return {};
    return base64_decode(text.substr(prefix.size()));
}

std::optional<std::string> rsa_fault(EVP_PKEY& key, const SignatureHeaders& headers,
                                     const std::string_view body) {
    constexpr std::string_view scheme = "rsassa-pss-sha256=";
    const auto text = headers.rsa_signature;
    const auto signature =
        text.starts_with(scheme) ? base64url_decode(text.substr(scheme.size())) : std::nullopt;
    if (!signature)
        return "X-Webhook-Signature: found " + quote(text) + ", expected rsassa-pss-sha256=<base64url>";
    if (verifies(key, body, *signature)) return {};
    return "X-Webhook-Signature is not of this body by this key";
}

std::optional<std::string> standard_fault(const Bytes& secret, const SignatureHeaders& headers,
                                          const std::string_view body, const Timestamp now) {
    if (headers.id.empty() || headers.signature.empty()) return "webhook-id or webhook-signature is missing";
    auto fault = timestamp_fault(headers.timestamp, now);
    if (fault || is_among(headers.signature, standard_signature(secret, headers, body))) return fault;
    return "webhook-signature is not of this delivery with this secret";
}

}  // namespace gateway::command
