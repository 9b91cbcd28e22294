#include "server/gateway/client_connection.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/write.hpp>

#include <algorithm>
#include <cstring>
#include <sys/socket.h>

namespace gateway {

namespace asio = boost::asio;

namespace {

constexpr auto as_tuple = asio::as_tuple(asio::use_awaitable);

// How long, and for how many bytes, a connection that is being closed swallows what the client still sends:
// closing over unread bytes would reset it and take the answer from the client's hands.
constexpr std::chrono::seconds farewell_time{1};
constexpr std::size_t farewell_bytes = 262'144;

/// An IPv4 client of a listener on "::" comes as "::ffff:192.0.2.1": the same client as on any other
/// listener.
std::string shown_address(const asio::ip::address& address) {
    const bool is_mapped = address.is_v6() && address.to_v6().is_v4_mapped();
    return is_mapped ? asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string()
                     : address.to_string();
}

/// Nothing for a Unix socket, and where the peer has left.
std::optional<asio::ip::address> address_of(const asio::generic::stream_protocol::endpoint& peer) {
    const int family = peer.protocol().family();
    if (family != AF_INET && family != AF_INET6) return std::nullopt;
    asio::ip::tcp::endpoint endpoint;
    std::memcpy(endpoint.data(), peer.data(), std::min(peer.size(), endpoint.capacity()));
    return endpoint.address();
}

/// The first byte of what has come, which stays there to be read; nothing where the client has left.
std::optional<char> first_byte(ClientStream::Socket& socket) {
    char byte = 0;
    const auto count = ::recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return count == 1 ? std::optional(byte) : std::nullopt;
}

/// Whether a request may begin so: with its method, and TLS with a byte that is none.
bool is_letter(const char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/// 1–128 visible ASCII characters.
bool is_request_id(const std::string_view text) {
    const auto visible = [](const char c) { return c > 0x20 && c < 0x7F; };
    return !text.empty() && text.size() <= 128 && std::ranges::all_of(text, visible);
}

}  // namespace

ClientConnection::ClientConnection(ClientStream::Socket socket, ConnectionServices services)
    : stream_(std::move(socket)),
      services_(services),
      deadline_(services.deadlines, stream_.socket()),
      client_("unknown"),
      reader_(services.rules->server.max_header),
      body_memory_(services.body_memory) {
    boost::system::error_code error;
    const auto peer = stream_.socket().remote_endpoint(error);
    if (const auto address = address_of(peer)) {
        client_ = shown_address(*address);
        network_ = network_of(*address);
    } else if (!error) {
        client_ = "unix";
    }
    // NOLINTNEXTLINE(bugprone-unused-return-value): a Unix socket knows no such thing
    stream_.socket().set_option(asio::ip::tcp::no_delay(true), error);
}

asio::awaitable<bool> ClientConnection::shake_hands(asio::ssl::context& context) {
    deadline_.set_idle(limits().header_timeout);
    const auto [silence] = co_await stream_.socket().async_wait(ClientStream::Socket::wait_read, as_tuple);
    const auto first = silence ? std::nullopt : first_byte(stream_.socket());
    if (first && is_letter(*first)) {
        co_await refuse_plain_http();
        co_return false;
    }
    auto error = silence;
    if (first) std::tie(error) = co_await stream_.async_handshake(context, as_tuple);
    const bool done = first && !error;
    if (!done && (first || deadline_.expired())) {
        const auto reason = deadline_.expired() ? "it did not come in time" : error.message();
        services_.log.info("no TLS handshake", {{"client", client_}, {"reason", reason}});
    }
    deadline_.clear();
    co_return done;
}

asio::awaitable<void> ClientConnection::refuse_plain_http() {
    const RequestOrigin origin{client_, network_, services_.request_ids.next()};
    const ApiError error{ErrorCode::invalid_request,
                         "This port speaks TLS, and what came is plain HTTP: call it with https://."};
    auto response = services_.request_handler.refuse(error, origin);
    const bool written = co_await write(std::move(response), origin.request_id, false);
    if (written) co_await close_gently();
}

asio::awaitable<void> ClientConnection::serve() {
    for (bool keep_alive = true; keep_alive; reader_.next()) {
        waiting_.reset();
        auto arrival = co_await read_until(RequestReader::State::body);
        if (arrival == Arrival::closed) co_return co_await end_tls();

        RequestOrigin origin{client_, network_, next_request_id()};
        std::optional<Response> response;
        if (arrival == Arrival::header) {
            auto judgement = co_await services_.request_handler.judge_header(reader_.request(),
                                                                             reader_.body_size(), origin);
            response = std::move(judgement.refusal);
            origin.counted = true;
            if (!response) arrival = co_await read_body(judgement.body_limit);
        }
        deadline_.clear();
        if (arrival == Arrival::closed) co_return co_await end_tls();

        keep_alive = false;
        if (arrival == Arrival::refused) {
            response = services_.request_handler.refuse(*refusal_, origin);
        } else if (!response) {
            response = co_await services_.request_handler.answer(reader_.request(), origin);
            keep_alive = reader_.keep_alive() && !services_.deadlines.stopping();
        }
        const bool written = co_await write(*std::move(response), origin.request_id, keep_alive);
        body_memory_.release();
        if (!written) co_return;
    }
    co_await close_gently();
}

asio::awaitable<void> ClientConnection::turn_away() {
    const RequestOrigin origin{client_, network_, services_.request_ids.next()};
    const ApiError error{ErrorCode::overloaded, "The server has as many connections as it may have.",
                         std::chrono::seconds(1)};
    auto response = services_.request_handler.refuse(error, origin);
    const bool written = co_await write(std::move(response), origin.request_id, false);
    if (written) co_await close_gently();
}

asio::awaitable<ClientConnection::Arrival> ClientConnection::read_until(const RequestReader::State wanted) {
    while (reader_.state() < wanted) {
        const auto arrival = co_await receive();
        if (arrival != Arrival::complete) co_return arrival;
    }
    if (reader_.state() == RequestReader::State::body) co_return Arrival::header;
    if (reader_.state() == RequestReader::State::complete) co_return Arrival::complete;
    refusal_ = reader_.refusal();
    co_return Arrival::refused;
}

asio::awaitable<ClientConnection::Arrival> ClientConnection::read_body(const std::size_t limit) {
    reader_.limit_body(limit);
    if (!take_memory()) co_return Arrival::refused;
    const bool waits = reader_.state() == RequestReader::State::body && reader_.expects_continue();
    if (waits) co_await ask_for_body();
    while (reader_.state() == RequestReader::State::body) {
        const auto arrival = co_await receive();
        if (arrival != Arrival::complete) co_return arrival;
        if (!take_memory()) co_return Arrival::refused;
    }
    const auto arrival = co_await read_until(RequestReader::State::complete);
    co_return arrival;
}

/// For a body, before it grows; false where there is none left, and refusal_ tells so.
bool ClientConnection::take_memory() {
    if (body_memory_.grow_to(reader_.body_size())) return true;
    refusal_ = {ErrorCode::overloaded,
                "The server holds as many bytes of request bodies as it may; nothing was written.",
                std::chrono::seconds(1)};
    return false;
}

asio::awaitable<ClientConnection::Arrival> ClientConnection::receive() {
    limit_wait();
    const auto [error, count] = co_await stream_.async_read_some(reader_.room(), as_tuple);
    if (!error) {
        reader_.received(count);
        co_return Arrival::complete;
    }
    if (!deadline_.expired() || waiting_ == RequestReader::State::idle) co_return Arrival::closed;
    refuse_for_slowness();
    co_return Arrival::refused;
}

void ClientConnection::limit_wait() {
    const auto state = reader_.state();
    if (state == waiting_) return;  // one limit for all of it, however slowly it drips
    waiting_ = state;
    switch (state) {
        case RequestReader::State::idle:
            deadline_.set_idle(limits().idle_timeout);
            break;
        case RequestReader::State::header:
            deadline_.set(limits().header_timeout);
            break;
        case RequestReader::State::body:
            deadline_.set(limits().body_timeout);
            break;
        case RequestReader::State::complete:
        case RequestReader::State::refused:
            break;
    }
}

void ClientConnection::refuse_for_slowness() {
    const std::string_view part = waiting_ == RequestReader::State::header ? "headers" : "body";
    refusal_ = {ErrorCode::request_timeout,
                "The request's " + std::string(part) + " did not arrive in time."};
}

asio::awaitable<void> ClientConnection::ask_for_body() {
    static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    deadline_.set(limits().write_timeout);
    co_await asio::async_write(stream_, asio::buffer(go_on), as_tuple);
}

asio::awaitable<bool> ClientConnection::write(Response response, const std::string& request_id,
                                              const bool keep_alive) {
    const bool answers_request = reader_.has_header();
    const unsigned version = answers_request ? reader_.request().version() : 11;
    const bool is_head = answers_request && reader_.request().method() == http::verb::head;

    http::response<http::string_body> message(response.status, version);
    for (auto& [field, value] : response.headers)
        message.set(field, value);
    for (const auto& [name, value] : response.named_headers)
        message.insert(name, value);
    message.set("X-Request-Id", request_id);
    message.set(http::field::date, services_.date.now());
    if (!response.media_type.empty()) message.set(http::field::content_type, response.media_type);
    message.keep_alive(keep_alive);
    // RFC 9110, section 8.6: not with a 204, and with a 304 that of the whole answer or none.
    const bool has_length =
        response.status != http::status::no_content && response.status != http::status::not_modified;
    if (has_length) message.content_length(response.body.size());
    if (!is_head) message.body() = std::move(response.body);

    deadline_.set(limits().write_timeout);
    const auto [error, count] = co_await http::async_write(stream_, message, as_tuple);
    deadline_.clear();
    co_return !error;
}

/// The client hears that nothing was cut off.
asio::awaitable<void> ClientConnection::end_tls() {
    deadline_.set(farewell_time);
    if (stream_.is_tls()) co_await stream_.async_end(as_tuple);
}

asio::awaitable<void> ClientConnection::close_gently() {
    co_await end_tls();
    boost::system::error_code ignored;
    // NOLINTNEXTLINE(bugprone-unused-return-value)
    stream_.socket().shutdown(ClientStream::Socket::shutdown_send, ignored);
    std::array<char, 4096> rest;  // NOLINT(*-member-init): only written to
    for (std::size_t swallowed = 0; swallowed < farewell_bytes && !deadline_.expired();) {
        const auto [error, count] = co_await stream_.socket().async_read_some(asio::buffer(rest), as_tuple);
        if (error) co_return;
        swallowed += count;
    }
}

std::string ClientConnection::next_request_id() {
    const std::string_view given = reader_.request()["X-Request-Id"];
    return is_request_id(given) ? std::string(given) : services_.request_ids.next();
}

}  // namespace gateway
