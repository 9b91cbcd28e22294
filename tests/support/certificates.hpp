// Certificates for servers, made anew by each test.
#pragma once

#include <memory>
#include <string>
#include <vector>

struct evp_pkey_st;
struct x509_st;

namespace gateway::test {

/// A certificate and its key, both in PEM.
struct Identity {
    std::string certificate;
    std::string key;
};

enum class Validity {
    current,  ///< from yesterday to tomorrow
    expired,  ///< until an hour ago
    future,   ///< from an hour hence
};

std::string to_pem(x509_st* certificate);

/// An authority that nobody knows of but who is given its certificate.
class CertificateAuthority {
  public:
    CertificateAuthority();

    /// Its own certificate in PEM, as a `ca_file` holds it.
    [[nodiscard]] const std::string& certificate() const noexcept { return pem_; }

    /// A server's certificate for names and addresses, e.g. {"receiver.test", "127.0.0.1", "::1"}.
    [[nodiscard]] Identity issue(const std::vector<std::string>& hosts,
                                 Validity validity = Validity::current) const;

  private:
    std::shared_ptr<evp_pkey_st> key_;
    std::shared_ptr<x509_st> certificate_;
    std::string pem_;
};

}  // namespace gateway::test
