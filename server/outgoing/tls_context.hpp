// What TLS connections to receivers have in common.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>

namespace gateway::outgoing {

namespace asio = boost::asio;

/// TLS 1.2 or newer for HTTP/1.1; trusts the system's certificate authorities (OpenSSL's own default: on
/// Debian /etc/ssl/certs, or what SSL_CERT_FILE and SSL_CERT_DIR name) and, in addition to them, those of a
/// file. One for the whole program; its users do not outlive it.
class TlsContext {
  public:
    /// `ca_file` holds certificates in PEM, for authorities that only the operator's own network knows;
    /// empty: none. Throws std::runtime_error, naming the file, where it cannot be read or holds no
    /// certificate.
    explicit TlsContext(const std::filesystem::path& ca_file = {});

    /// Awaited on any executor, whose context runs until this has answered or outlives this object. What it
    /// gives lives as long as this object. The first call has the system's authorities
    /// read, some 4 MB in 20 ms, on a thread for that alone; a program that never speaks TLS does without.
    asio::awaitable<asio::ssl::context*> get();

  private:
    void make();

    std::string authorities_;  // PEM
    std::once_flag made_;
    std::optional<asio::ssl::context> context_;
    std::atomic<bool> ready_ = false;
    asio::thread_pool maker_{1};  // last: its thread ends before what it works on
};

}  // namespace gateway::outgoing
