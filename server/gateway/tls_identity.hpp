// Who the daemon is to clients that speak TLS: its certificate and key, as they are on the disk now.
#pragma once

#include "server/log/log.hpp"

#include <boost/asio/ssl/context.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace gateway {

/// Both in PEM.
struct TlsFiles {
    std::filesystem::path certificate;  ///< with the chain up to an authority behind it
    std::filesystem::path key;          ///< without a passphrase; for its owner and their group alone

    friend bool operator==(const TlsFiles&, const TlsFiles&) = default;
};

/// What connections have in common: TLS 1.2 or newer, HTTP/1.1. Throws std::runtime_error, a line that names
/// setting and file, where the two cannot be read, are no such thing or do not belong together, and where
/// others may read the key.
std::shared_ptr<boost::asio::ssl::context> make_tls_context(const TlsFiles& files);

/// Takes renewed files up by itself: a thread of its own looks whether they changed. Two that do not belong
/// together, as when a person replaces one after the other, change nothing; the log says so, once, and they
/// are tried again with each look.
class TlsIdentity {
  public:
    static constexpr std::chrono::seconds usual_period{2};

    /// Looks each `period`. The log outlives it. Throws as make_tls_context().
    TlsIdentity(const TlsFiles& files, Log& log, std::chrono::milliseconds period = usual_period);
    ~TlsIdentity();
    TlsIdentity(const TlsIdentity&) = delete;
    TlsIdentity& operator=(const TlsIdentity&) = delete;

    /// For the next connection; those that are there keep what they began with. Any thread.
    [[nodiscard]] std::shared_ptr<boost::asio::ssl::context> context() const;

    /// These files from now on, as they are now. Any thread. Throws as make_tls_context(), and changes
    /// nothing then.
    void replace(const TlsFiles& files);

    /// What the thread does each period. Any thread.
    void look();

  private:
    void take(const TlsFiles& files, const std::string& mark);
    void run();

    Log& log_;
    const std::chrono::milliseconds period_;

    std::mutex looking_;     // held from a look at the files until what it found is in its place
    TlsFiles files_;         // these three under looking_
    std::string taken_;      // what marks the files that context_ is made of
    std::string complaint_;  // what was last said about files that could not be taken

    mutable std::mutex mutex_;
    std::condition_variable ending_changed_;
    bool ending_ = false;  // these two under mutex_
    std::shared_ptr<boost::asio::ssl::context> context_;

    std::thread thread_;
};

}  // namespace gateway
