#include "server/delivery/rsa_key.hpp"

#include "storage/values/encoding.hpp"

#include <boost/test/unit_test.hpp>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <memory>
#include <string>
#include <vector>

namespace gateway::delivery {

namespace {

template <auto free>
struct Free {
    template <class T>
    void operator()(T* object) const {
        free(object);
    }
};

template <class T, auto free>
using Owned = std::unique_ptr<T, Free<free>>;

/// The public key that `n` and `e` of a JSON Web Key are.
Owned<EVP_PKEY, EVP_PKEY_free> public_key(const std::string_view n, const std::string_view e) {
    const auto number = [](const std::string_view text) {
        const auto bytes = base64url_decode(text).value();
        return Owned<BIGNUM, BN_free>(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
    };
    const auto modulus = number(n);
    const auto exponent = number(e);
    const Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> builder(OSSL_PARAM_BLD_new());
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get());
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get());
    const Owned<OSSL_PARAM, OSSL_PARAM_free> parameters(OSSL_PARAM_BLD_to_param(builder.get()));
    const Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context(EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, nullptr));
    EVP_PKEY* key = nullptr;
    EVP_PKEY_fromdata_init(context.get());
    EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get());
    return Owned<EVP_PKEY, EVP_PKEY_free>(key);
}

bool verifies(const RsaKey& key, const std::string& text, const std::string& signature) {
    const auto known = public_key(key.modulus(), RsaKey::exponent);
    const Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* padding = nullptr;
    EVP_DigestVerifyInit(context.get(), &padding, EVP_sha256(), nullptr, known.get());
    EVP_PKEY_CTX_set_rsa_padding(padding, RSA_PKCS1_PSS_PADDING);
    EVP_PKEY_CTX_set_rsa_mgf1_md(padding, EVP_sha256());
    EVP_PKEY_CTX_set_rsa_pss_saltlen(padding, 32);
    return EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()),
                            signature.size(), reinterpret_cast<const unsigned char*>(text.data()),
                            text.size()) == 1;
}

const RsaKey& key() {
    static const RsaKey one = RsaKey::generate();
    return one;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rsa_key_test)

BOOST_AUTO_TEST_CASE(a_signature_is_that_of_the_text_and_the_key) {
    const std::string text = R"({"app_id":"54e9ujn","events":[]})";
    const auto signature = key().sign(text);
    BOOST_TEST(signature.size() == 256U);
    BOOST_TEST(verifies(key(), text, signature));
    BOOST_TEST(!verifies(key(), text + " ", signature));
    BOOST_TEST(!verifies(RsaKey::generate(), text, signature));
    BOOST_TEST(key().sign(text) != signature);  // another salt
    BOOST_TEST(verifies(key(), "", key().sign("")));
}

BOOST_AUTO_TEST_CASE(a_key_that_nobody_wants_any_more_is_given_up) {
    std::stop_source stop;
    BOOST_CHECK_NO_THROW(RsaKey::generate(stop.get_token()));
    stop.request_stop();
    BOOST_CHECK_THROW(RsaKey::generate(stop.get_token()), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(the_public_part_is_2048_bits) {
    BOOST_TEST(key().modulus().size() == 342U);
    const auto bytes = base64url_decode(key().modulus()).value();
    BOOST_TEST(bytes.size() == 256U);
    BOOST_TEST(bytes.front() >= 0x80);
}

BOOST_AUTO_TEST_CASE(a_key_comes_back_from_its_private_part_and_from_nothing_else) {
    const auto der = key().private_key();
    const auto again = RsaKey::from_private_key(der);
    BOOST_REQUIRE(again.has_value());
    BOOST_TEST(again->modulus() == key().modulus());
    BOOST_TEST(verifies(key(), "text", again->sign("text")));
    BOOST_TEST(!RsaKey::from_private_key("").has_value());
    BOOST_TEST(!RsaKey::from_private_key("nonsense").has_value());
    BOOST_TEST(!RsaKey::from_private_key(der.substr(0, 500)).has_value());
    const Owned<EVP_PKEY, EVP_PKEY_free> small(EVP_RSA_gen(1024));
    std::string small_der(static_cast<std::size_t>(i2d_PrivateKey(small.get(), nullptr)), '\0');
    auto* out = reinterpret_cast<unsigned char*>(small_der.data());
    i2d_PrivateKey(small.get(), &out);
    BOOST_TEST(!RsaKey::from_private_key(small_der).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gateway::delivery
