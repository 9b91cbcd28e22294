#include "server/outgoing/receiver_connection.hpp"

#include "server/outgoing/egress_policy.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/system/error_code.hpp>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <cerrno>
#include <stdexcept>
#include <sys/socket.h>
#include <tuple>
#include <utility>
#include <variant>

namespace gateway::outgoing {
namespace {

using boost::system::error_code;

constexpr auto as_tuple = asio::as_tuple(asio::use_awaitable);

constexpr std::chrono::seconds farewell_time{1};

OutgoingError failed(const error_code& error, const OutgoingFailure failure, const std::string& detail) {
    if (error == beast::error::timeout) return {OutgoingFailure::timeout, detail + " in time"};
    if (error == asio::error::operation_aborted) return {OutgoingFailure::cancelled, detail + ": given up"};
    return {failure, detail + ": " + error.message()};
}

OutgoingError lost(const error_code& error, const std::string& detail) {
    const bool in_tls = error.category() == asio::error::get_ssl_category();
    return failed(error, in_tls ? OutgoingFailure::tls : OutgoingFailure::protocol, detail);
}

// Bytes that have left the socket, as text or still sealed, and that nobody has read.
bool has_unread(const SSL* const tls) {
    return SSL_has_pending(tls) == 1 || BIO_pending(SSL_get_rbio(tls)) > 0;
}

std::string to_string(const asio::ip::tcp::endpoint& endpoint) {
    const auto address = endpoint.address().to_string();
    const auto host = endpoint.address().is_v6() ? "[" + address + "]" : address;
    return host + ":" + std::to_string(endpoint.port());
}

}  // namespace

ReceiverConnection::ReceiverConnection(const asio::any_io_executor& executor) : tcp_(executor) {}

asio::awaitable<OutgoingResult<void>> ReceiverConnection::connect(const asio::ip::tcp::endpoint& endpoint,
                                                                  const Deadline deadline) {
    tcp_.expires_at(deadline);
    const auto [error] = co_await tcp_.async_connect(endpoint, as_tuple);
    if (error) co_return failed(error, OutgoingFailure::connect, "no connection to " + to_string(endpoint));
    error_code ignored;
    tcp_.socket().set_option(asio::ip::tcp::no_delay(true), ignored);  // NOLINT(bugprone-unused-return-value)
    co_return OutgoingResult<void>();
}

asio::awaitable<OutgoingResult<void>> ReceiverConnection::handshake(asio::ssl::context& context,
                                                                    const std::string& host,
                                                                    const Deadline deadline) {
    tls_.emplace(tcp_, context);
    expect(host);
    tcp_.expires_at(deadline);
    const auto [error] = co_await tls_->async_handshake(asio::ssl::stream_base::client, as_tuple);
    if (error) co_return failed(error, OutgoingFailure::tls, describe_handshake(error));
    co_return OutgoingResult<void>();
}

asio::awaitable<OutgoingResult<void>> ReceiverConnection::write(const std::string_view bytes,
                                                                const Deadline deadline) {
    tcp_.expires_at(deadline);
    error_code error;
    if (tls_) {
        std::tie(error, std::ignore) = co_await asio::async_write(*tls_, asio::buffer(bytes), as_tuple);
    } else {
        std::tie(error, std::ignore) = co_await asio::async_write(tcp_, asio::buffer(bytes), as_tuple);
    }
    if (error) co_return lost(error, "the request was not taken");
    co_return OutgoingResult<void>();
}

asio::awaitable<OutgoingResult<std::size_t>> ReceiverConnection::read(const asio::mutable_buffer room,
                                                                      const Deadline deadline) {
    tcp_.expires_at(deadline);
    error_code error;
    std::size_t count = 0;
    if (tls_) {
        std::tie(error, count) = co_await tls_->async_read_some(room, as_tuple);
    } else {
        std::tie(error, count) = co_await tcp_.async_read_some(room, as_tuple);
    }
    if (error == asio::error::eof) co_return std::size_t{0};
    if (error) co_return lost(error, "the answer did not arrive");
    co_return count;
}

bool ReceiverConnection::is_quiet() {
    if (tls_ && has_unread(tls_->native_handle())) return false;
    char byte = 0;
    const auto count = recv(tcp_.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

void ReceiverConnection::part_with(std::unique_ptr<ReceiverConnection> connection) {
    ReceiverConnection& parting = *connection;
    if (!parting.tls_) return;
    parting.tcp_.expires_after(farewell_time);
    auto close = [connection = std::move(connection)](const error_code&) {};
    parting.tls_->async_shutdown(std::move(close));
}

// These fail for want of memory only, which leaves the handshake without the check: hence the throw.
void ReceiverConnection::expect(const std::string_view host) {
    SSL* const ssl = tls_->native_handle();
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    const UrlHost kind = classify_host(host);
    bool set = false;
    if (const auto* address = std::get_if<asio::ip::address>(&kind)) {
        set = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), address->to_string().c_str()) == 1;
    } else if (const auto* name = std::get_if<HostName>(&kind)) {
        const std::string plain(without_final_dot(name->text));
        set = SSL_set1_host(ssl, plain.c_str()) == 1 && SSL_set_tlsext_host_name(ssl, plain.c_str()) == 1;
    }
    if (!set) throw std::runtime_error("the host of a TLS connection cannot be set");
}

std::string ReceiverConnection::describe_handshake(const error_code& error) {
    std::string text = "no TLS handshake";
    const long verdict = SSL_get_verify_result(tls_->native_handle());
    if (error && verdict != X509_V_OK)
        text.append(" (").append(X509_verify_cert_error_string(verdict)).append(")");
    return text;
}

}  // namespace gateway::outgoing
