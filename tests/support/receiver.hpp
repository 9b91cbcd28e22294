// Receivers of webhooks for tests: real servers on loopback ports that do as they are told.
#pragma once

#include "tests/support/certificates.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gateway::test {

/// A request as a receiver got it.
struct ReceivedRequest {
    std::string method;
    /// Path and query, as they were sent.
    std::string target;
    /// By their names in lower case.
    std::map<std::string, std::string> headers;
    std::string body;
    /// Of which connection, counted from 1.
    std::size_t connection = 0;

    /// Empty where there is none.
    [[nodiscard]] std::string header(const std::string& name) const;
};

/// What a receiver does about a request.
struct Reply {
    enum class Manner {
        at_once,
        together,  ///< in one TCP segment with the head, although in TLS records of their own
        dripping,  ///< byte after byte, with a pause behind each
        endless,   ///< over and over until the client closes
    };

    enum class End {
        next_request,  ///< reads the next request of the connection
        close,         ///< closes in good order
        cut,           ///< closes, in TLS without saying so
        reset,         ///< closes with a TCP reset
        silence,       ///< sends no more and waits for the client to close
    };

    /// Sent first, in whatever manner the rest is.
    std::string head;
    std::string bytes;
    Manner manner = Manner::at_once;
    /// Behind each byte that drips; between the head and what is sent at once.
    std::chrono::milliseconds pause{0};
    End end = End::close;
};

using Headers = std::vector<std::pair<std::string, std::string>>;

/// A proper response, with its Content-Length; the connection is kept.
Reply answer(unsigned status, std::string_view body = {}, const Headers& headers = {});
/// These bytes, whatever they are.
Reply raw(std::string bytes, Reply::End end = Reply::End::close);
Reply drip(std::string bytes, std::chrono::milliseconds pause);
Reply endless(std::string head, std::string piece);
Reply close_early();
Reply reset();
Reply silence();

/// Called on the receiver's thread.
using Script = std::function<Reply(const ReceivedRequest& request)>;

struct ReceiverOptions {
    /// Speaks TLS where it is set.
    std::optional<Identity> identity;
    /// As OpenSSL names it, e.g. TLS1_1_VERSION; 0: the newest.
    int newest_tls = 0;
    /// A loopback address.
    std::string address = "127.0.0.1";
};

/// A server with a thread of its own, listening from its construction to its destruction.
class Receiver {
  public:
    explicit Receiver(Script script, const ReceiverOptions& options = {});
    /// Always the same reply.
    explicit Receiver(const Reply& reply, const ReceiverOptions& options = {});
    ~Receiver();
    Receiver(const Receiver&) = delete;
    Receiver& operator=(const Receiver&) = delete;

    [[nodiscard]] std::uint16_t port() const;

    /// E.g. "https://receiver.test:40123/hook".
    [[nodiscard]] std::string url(std::string_view path = "/", std::string_view host = "127.0.0.1") const;

    /// What has come so far. Any thread.
    [[nodiscard]] std::vector<ReceivedRequest> requests() const;
    [[nodiscard]] std::size_t connections() const;
    /// Of each completed TLS handshake the name it asked for, empty where none was sent.
    [[nodiscard]] std::vector<std::string> server_names() const;

    /// Returns when so many connections have ended, on whichever side; throws when that takes a minute.
    void wait_for_closed(std::size_t count) const;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

/// A port of a loopback address where connecting neither succeeds nor fails: its queue is full and stays so.
class BlackHole {
  public:
    explicit BlackHole(const std::string& address = "127.0.0.1", std::uint16_t port = 0);

    [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

    [[nodiscard]] std::string url(std::string_view path = "/") const;

  private:
    boost::asio::io_context context_;
    boost::asio::ip::tcp::acceptor acceptor_;
    std::vector<boost::asio::ip::tcp::socket> waiting_;
};

/// A loopback port that nobody listens on, and nobody will while this lives.
class ClosedPort {
  public:
    ClosedPort();

    [[nodiscard]] std::uint16_t port() const { return holder_.local_endpoint().port(); }

    [[nodiscard]] std::string url(std::string_view path = "/") const;

  private:
    boost::asio::io_context context_;
    boost::asio::ip::tcp::socket holder_;
};

}  // namespace gateway::test
