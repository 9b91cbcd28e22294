#include "server/outgoing/tls_context.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>

namespace gateway::outgoing {
namespace {

struct FreeBio {
    void operator()(BIO* bio) const noexcept { BIO_free(bio); }
};

struct FreeCertificate {
    void operator()(X509* certificate) const noexcept { X509_free(certificate); }
};

// RFC 7301: what is spoken over the connection, each name with its length before it.
constexpr std::array<unsigned char, 9> http_1_1{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

bool holds_certificate(const std::string& pem) {
    const std::unique_ptr<BIO, FreeBio> source(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    const std::unique_ptr<X509, FreeCertificate> first(
        PEM_read_bio_X509(source.get(), nullptr, nullptr, nullptr));
    ERR_clear_error();
    return first != nullptr;
}

std::string read_authorities(const std::filesystem::path& file) {
    const std::ifstream stream(file, std::ios::binary);
    if (!stream) throw std::runtime_error(file.string() + ": cannot be opened");
    std::ostringstream pem;
    pem << stream.rdbuf();
    if (!holds_certificate(pem.str()))
        throw std::runtime_error(file.string() + ": holds no certificate in PEM");
    return pem.str();
}

}  // namespace

TlsContext::TlsContext(const std::filesystem::path& ca_file) {
    if (!ca_file.empty()) authorities_ = read_authorities(ca_file);
}

asio::awaitable<asio::ssl::context*> TlsContext::get() {
    if (!ready_) {
        const auto make_once = [this]() -> asio::awaitable<void> {
            std::call_once(made_, [this] { make(); });
            co_return;
        };
        co_await asio::co_spawn(maker_, make_once, asio::use_awaitable);
    }
    co_return &*context_;
}

void TlsContext::make() {
    asio::ssl::context context(asio::ssl::context::tls_client);
    SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
    SSL_CTX_set_options(context.native_handle(), SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_alpn_protos(context.native_handle(), http_1_1.data(), http_1_1.size());
    context.set_verify_mode(asio::ssl::verify_peer);
    context.set_default_verify_paths();
    if (!authorities_.empty()) context.add_certificate_authority(asio::buffer(authorities_));
    context_ = std::move(context);
    ready_ = true;
}

}  // namespace gateway::outgoing
