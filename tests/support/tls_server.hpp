// A server that listens with TLS, and its files.
#pragma once

#include "tests/support/certificates.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/test_server.hpp"

#include <filesystem>
#include <string>

namespace gateway::test {

/// A certificate and a key in a folder of their own.
class IdentityFiles {
  public:
    IdentityFiles() : identity_(authority_.issue({"127.0.0.1"})) { write(identity_); }

    [[nodiscard]] std::filesystem::path certificate() const { return folder_.path() / "chain.pem"; }

    [[nodiscard]] std::filesystem::path key() const { return folder_.path() / "key.pem"; }

    /// As they were first.
    [[nodiscard]] const Identity& identity() const { return identity_; }

    /// Another one, which is not in the files yet.
    [[nodiscard]] Identity issue() const { return authority_.issue({"127.0.0.1"}); }

    void write(const Identity& identity) const {
        write_certificate(identity.certificate);
        write_key(identity.key);
    }

    void write_certificate(const std::string& pem) const;
    void write_key(const std::string& pem) const;

  private:
    TemporaryFolder folder_;
    CertificateAuthority authority_;
    Identity identity_;
};

/// Settings with a listener of each kind: plain (0), TLS (1).
Settings with_tls(const IdentityFiles& files, Settings settings = {});

}  // namespace gateway::test
