#include "tests/support/certificates.hpp"

#include <boost/asio/ip/address.hpp>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <stdexcept>

namespace gateway::test {
namespace {

using Key = std::shared_ptr<EVP_PKEY>;
using Certificate = std::shared_ptr<X509>;

constexpr long hour = 3600;

void require(const bool done) {
    if (!done) throw std::runtime_error("OpenSSL cannot make the test's certificate");
}

template <class Write>
std::string to_pem(const Write& write) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
    require(bio != nullptr && write(bio.get()) == 1);
    char* text = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

std::string to_pem(const Key& key) {
    return to_pem([&](BIO* bio) {
        return PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
}

Key make_key() {
    Key key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    require(key != nullptr);
    return key;
}

void add_extension(X509* certificate, X509* issuer, const int kind, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
        X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()), X509_EXTENSION_free);
    require(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1);
}

void set_validity(X509* certificate, const Validity validity) {
    const long from = validity == Validity::future ? hour : -24 * hour;
    const long until = validity == Validity::expired ? -hour : 24 * hour;
    require(X509_gmtime_adj(X509_getm_notBefore(certificate), from) != nullptr);
    require(X509_gmtime_adj(X509_getm_notAfter(certificate), until) != nullptr);
}

/// Not signed yet.
Certificate draft(const Key& key, const std::string& common_name, const Validity validity) {
    static long serial = 0;
    Certificate certificate(X509_new(), X509_free);
    require(certificate != nullptr);
    X509_set_version(certificate.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), ++serial);
    set_validity(certificate.get(), validity);
    X509_NAME* name = X509_get_subject_name(certificate.get());
    const auto* text = reinterpret_cast<const unsigned char*>(common_name.c_str());
    require(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, text, -1, -1, 0) == 1);
    require(X509_set_pubkey(certificate.get(), key.get()) == 1);
    return certificate;
}

void sign(const Certificate& certificate, const Certificate& issuer, const Key& key) {
    require(X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer.get())) == 1);
    require(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0);
}

std::string alternative_names(const std::vector<std::string>& hosts) {
    std::string names;
    for (const std::string& host : hosts) {
        boost::system::error_code error;
        boost::asio::ip::make_address(host, error);
        names += (names.empty() ? "" : ",") + std::string(error ? "DNS:" : "IP:") + host;
    }
    return names;
}

}  // namespace

std::string to_pem(X509* const certificate) {
    return to_pem([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate); });
}

CertificateAuthority::CertificateAuthority() : key_(make_key()) {
    certificate_ = draft(key_, "Test Authority", Validity::current);
    add_extension(certificate_.get(), certificate_.get(), NID_basic_constraints, "critical,CA:TRUE");
    add_extension(certificate_.get(), certificate_.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
    sign(certificate_, certificate_, key_);
    pem_ = to_pem(certificate_.get());
}

Identity CertificateAuthority::issue(const std::vector<std::string>& hosts, const Validity validity) const {
    const Key key = make_key();
    const Certificate certificate = draft(key, "receiver", validity);
    add_extension(certificate.get(), certificate_.get(), NID_subject_alt_name, alternative_names(hosts));
    add_extension(certificate.get(), certificate_.get(), NID_ext_key_usage, "serverAuth");
    sign(certificate, certificate_, key_);
    return {to_pem(certificate.get()), to_pem(key)};
}

}  // namespace gateway::test
