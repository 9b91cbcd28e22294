// One connection to a receiver, plain or TLS.
#pragma once

#include "server/outgoing/outgoing_error.hpp"
#include "server/outgoing/resolver.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace gateway::outgoing {

namespace beast = boost::beast;

/// Each wait ends at its deadline at the latest, with `timeout` and the socket closed, and with `cancelled`
/// where its coroutine is cancelled. What a coroutine is given must live until it ends. After a failure of
/// any kind the connection is of no more use. Closed when destroyed. Used on the thread of its executor
/// alone.
class ReceiverConnection {
  public:
    explicit ReceiverConnection(const asio::any_io_executor& executor);
    ~ReceiverConnection() = default;
    ReceiverConnection(const ReceiverConnection&) = delete;
    ReceiverConnection& operator=(const ReceiverConnection&) = delete;

    /// Fails with `connect`.
    asio::awaitable<OutgoingResult<void>> connect(const asio::ip::tcp::endpoint& endpoint, Deadline deadline);

    /// Makes the connection TLS. The certificate has to be for `host`, a name or an address as
    /// classify_host() takes it; only a name is sent ahead (SNI, RFC 6066 allows no addresses). Fails with
    /// `tls`.
    asio::awaitable<OutgoingResult<void>> handshake(asio::ssl::context& context, const std::string& host,
                                                    Deadline deadline);

    /// All of it. Fails with `protocol`, or `tls` where the receiver
    /// turns down the handshake afterwards (in TLS 1.3 it can).
    asio::awaitable<OutgoingResult<void>> write(std::string_view bytes, Deadline deadline);

    /// Gives the count of bytes, 0 at their end. Fails as write() does: also where a TLS connection ends
    /// without saying so, as anybody on the way could have cut it.
    asio::awaitable<OutgoingResult<std::size_t>> read(asio::mutable_buffer room, Deadline deadline);

    /// Whether the receiver has neither closed the connection nor sent anything unasked. Does not wait.
    [[nodiscard]] bool is_quiet();

    [[nodiscard]] std::chrono::steady_clock::time_point made_at() const noexcept { return made_at_; }

    /// Closes the connection, a TLS one with a farewell that nobody waits for and that takes a second at
    /// most.
    static void part_with(std::unique_ptr<ReceiverConnection> connection);

  private:
    void expect(std::string_view host);
    [[nodiscard]] std::string describe_handshake(const boost::system::error_code& error);

    beast::tcp_stream tcp_;
    std::optional<asio::ssl::stream<beast::tcp_stream&>> tls_;
    std::chrono::steady_clock::time_point made_at_ = std::chrono::steady_clock::now();
};

}  // namespace gateway::outgoing
