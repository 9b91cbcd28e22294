#include "server/gateway/client_connection.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/write.hpp>

#include <algorithm>

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

/// Nothing where the peer has left.
std::optional<asio::ip::address> address_of(const asio::ip::tcp::socket& socket) {
    boost::system::error_code error;
    const auto peer = socket.remote_endpoint(error);
    return error ? std::nullopt : std::optional(peer.address());
}

/// 1–128 visible ASCII characters.
bool is_request_id(const std::string_view text) {
    const auto visible = [](const char c) { return c > 0x20 && c < 0x7F; };
    return !text.empty() && text.size() <= 128 && std::ranges::all_of(text, visible);
}

}  // namespace

ClientConnection::ClientConnection(asio::ip::tcp::socket socket, ConnectionServices services)
    : socket_(std::move(socket)),
      services_(services),
      deadline_(services.deadlines, socket_),
      client_("unknown"),
      reader_(services.limits.max_header),
      body_memory_(services.body_memory) {
    if (const auto address = address_of(socket_)) {
        client_ = shown_address(*address);
        network_ = network_of(*address);
    }
    boost::system::error_code ignored;
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);  // NOLINT(bugprone-unused-return-value)
}

asio::awaitable<void> ClientConnection::serve() {
    for (bool keep_alive = true; keep_alive; reader_.next()) {
        waiting_.reset();
        auto arrival = co_await read_until(RequestReader::State::body);
        if (arrival == Arrival::closed) co_return;

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
        if (arrival == Arrival::closed) co_return;

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
    const auto [error, count] = co_await socket_.async_read_some(reader_.room(), as_tuple);
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
    const auto& limits = services_.limits;
    switch (state) {
        case RequestReader::State::idle:
            deadline_.set_idle(limits.idle_timeout);
            break;
        case RequestReader::State::header:
            deadline_.set(limits.header_timeout);
            break;
        case RequestReader::State::body:
            deadline_.set(limits.body_timeout);
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
    deadline_.set(services_.limits.write_timeout);
    co_await asio::async_write(socket_, asio::buffer(go_on), as_tuple);
}

asio::awaitable<bool> ClientConnection::write(Response response, const std::string& request_id,
                                              const bool keep_alive) {
    const bool answers_request = reader_.has_header();
    const unsigned version = answers_request ? reader_.request().version() : 11;
    const bool is_head = answers_request && reader_.request().method() == http::verb::head;

    http::response<http::string_body> message(response.status, version);
    for (auto& [field, value] : response.headers)
        message.set(field, value);
    message.set("X-Request-Id", request_id);
    message.set(http::field::date, services_.date.now());
    if (!response.body.empty()) message.set(http::field::content_type, "application/json");
    message.keep_alive(keep_alive);
    // RFC 9110, section 8.6: not with a 204, and with a 304 that of the whole answer or none.
    const bool has_length =
        response.status != http::status::no_content && response.status != http::status::not_modified;
    if (has_length) message.content_length(response.body.size());
    if (!is_head) message.body() = std::move(response.body);

    deadline_.set(services_.limits.write_timeout);
    const auto [error, count] = co_await http::async_write(socket_, message, as_tuple);
    deadline_.clear();
    co_return !error;
}

asio::awaitable<void> ClientConnection::close_gently() {
    boost::system::error_code ignored;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);  // NOLINT(bugprone-unused-return-value)
    deadline_.set(farewell_time);
    std::array<char, 4096> rest;  // NOLINT(*-member-init): only written to
    for (std::size_t swallowed = 0; swallowed < farewell_bytes;) {
        const auto [error, count] = co_await socket_.async_read_some(asio::buffer(rest), as_tuple);
        if (error) co_return;
        swallowed += count;
    }
}

std::string ClientConnection::next_request_id() {
    const std::string_view given = reader_.request()["X-Request-Id"];
    return is_request_id(given) ? std::string(given) : services_.request_ids.next();
}

}  // namespace gateway
