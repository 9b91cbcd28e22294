// The bytes of a client's connection, plain or through TLS.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <openssl/ssl.h>

#include <memory>
#include <utility>

namespace gateway {

/// An AsyncStream of Asio's over a TCP or Unix socket. Plain until it is made TLS: which one it is costs a
/// branch for each step, and a plain one has no memory for TLS. Used on the thread of its socket alone.
class ClientStream {
  public:
    using Socket = boost::asio::generic::stream_protocol::socket;
    using executor_type = Socket::executor_type;

    explicit ClientStream(Socket socket) : socket_(std::move(socket)) {}

    ClientStream(const ClientStream&) = delete;
    ClientStream& operator=(const ClientStream&) = delete;
    ~ClientStream() = default;

    [[nodiscard]] executor_type get_executor() { return socket_.get_executor(); }

    /// What lies below, with the bytes as they go over the wire.
    [[nodiscard]] Socket& socket() noexcept { return socket_; }

    /// Waits for the client's handshake and makes the stream TLS. Nothing has been read yet. The context is
    /// not needed afterwards.
    template <class Token>
    auto async_handshake(boost::asio::ssl::context& context, Token&& token) {
        tls_ = std::make_unique<Tls>(socket_, context);
        return tls_->async_handshake(Tls::server, std::forward<Token>(token));
    }

    template <class Buffers, class Token>
    auto async_read_some(const Buffers& buffers, Token&& token) {
        const auto read = [this](auto handler, const Buffers& room) {
            if (tls_) {
                tls_->async_read_some(room, std::move(handler));
            } else {
                socket_.async_read_some(room, std::move(handler));
            }
        };
        return boost::asio::async_initiate<Token, Transferred>(read, token, buffers);
    }

    template <class Buffers, class Token>
    auto async_write_some(const Buffers& buffers, Token&& token) {
        const auto write = [this](auto handler, const Buffers& bytes) {
            if (tls_) {
                tls_->async_write_some(bytes, std::move(handler));
            } else {
                socket_.async_write_some(bytes, std::move(handler));
            }
        };
        return boost::asio::async_initiate<Token, Transferred>(write, token, buffers);
    }

    [[nodiscard]] bool is_tls() const noexcept { return tls_ != nullptr; }

    /// Of TLS: tells the client that nothing follows (close_notify), and does not wait for its own word (RFC
    /// 8446, section 6.1: neither side has to).
    template <class Token>
    auto async_end(Token&& token) {
        SSL_set_shutdown(tls_->native_handle(), SSL_RECEIVED_SHUTDOWN);
        return tls_->async_shutdown(std::forward<Token>(token));
    }

  private:
    using Transferred = void(boost::system::error_code, std::size_t);
    using Tls = boost::asio::ssl::stream<Socket&>;

    Socket socket_;
    std::unique_ptr<Tls> tls_;
};

}  // namespace gateway
