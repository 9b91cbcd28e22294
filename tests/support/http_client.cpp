#include "tests/support/http_client.hpp"

#include "tests/support/api_document.hpp"
#include "tests/support/by_name.hpp"
#include "tests/support/certificates.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/json/parse.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <limits>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/time.h>
#include <system_error>
#include <unistd.h>

namespace gateway::test {

namespace http = boost::beast::http;

namespace {

using Parser = http::response_parser<http::string_body>;

[[noreturn]] void fail_with_errno(const char* const what) {
    throw std::system_error(errno, std::generic_category(), what);
}

/// Waits for `events` on `socket`; false when there were none in time.
bool wait_for(const int socket, const int events, const std::chrono::milliseconds time) {
    pollfd entry{.fd = socket, .events = static_cast<short>(events), .revents = 0};
    const int ready = ::poll(&entry, 1, static_cast<int>(time.count()));
    if (ready < 0) fail_with_errno("poll");
    return ready > 0;
}

bool has_header(const Headers& headers, const std::string_view name) {
    return std::ranges::any_of(
        headers, [name](const auto& header) { return boost::beast::iequals(header.first, name); });
}

struct SentRequest {
    Asked asked;
    std::size_t size = 0;  ///< in bytes, as far as it was sent
};

/// The first request in `bytes`.
SentRequest read_request(const std::string_view bytes) {
    http::request_parser<http::string_body> parser;
    parser.eager(true);
    parser.header_limit(std::numeric_limits<std::uint32_t>::max());
    boost::system::error_code error;
    SentRequest request;
    request.size = parser.put(boost::asio::buffer(bytes), error);
    if (!parser.is_header_done()) return request;

    const auto& head = parser.get();
    const auto coding = head[http::field::transfer_encoding];
    const bool framed = coding.empty() || (head.version() == 11 && boost::beast::iequals(coding, "chunked"));
    const bool whole_so_far = !error || error == http::error::need_more || error == http::error::body_limit;
    const bool has_one_sender = head.count(http::field::authorization) < 2;
    request.asked = {std::string(head.method_string()), std::string(head.target()),
                     framed && has_one_sender && whole_so_far};
    return request;
}

Answer to_answer(const Parser::value_type& message) {
    Answer answer;
    answer.status = static_cast<int>(message.result_int());
    for (const auto& field : message)
        answer.headers.emplace_back(field.name_string(), field.value());
    answer.text = message.body();
    const auto type = answer.header("Content-Type");
    if (type.starts_with("text/") || type == "application/proto") {
        answer.body = boost::json::string(answer.text);
    } else if (!answer.text.empty()) {
        answer.body = boost::json::parse(answer.text);
    }
    answer.keep_alive = message.keep_alive();
    return answer;
}

[[noreturn]] void fail_with_tls(const std::string& what) {
    std::array<char, 256> reason{};
    ERR_error_string_n(ERR_get_error(), reason.data(), reason.size());
    ERR_clear_error();
    throw std::runtime_error(what + ": " + reason.data());
}

/// Of one record; 0 at the server's word that nothing follows.
ssize_t read_tls(SSL* const tls, const std::span<char> room) {
    const int count = SSL_read(tls, room.data(), static_cast<int>(room.size()));
    if (count <= 0 && SSL_get_error(tls, count) != SSL_ERROR_ZERO_RETURN) fail_with_tls("the TLS was cut");
    return std::max(count, 0);
}

}  // namespace

std::string Answer::header(const std::string_view name) const {
    const auto found = std::ranges::find_if(
        headers, [name](const auto& header) { return boost::beast::iequals(header.first, name); });
    return found == headers.end() ? std::string() : found->second;
}

std::string Answer::text_at(const std::string_view field) const {
    const auto* const object = body.if_object();
    const auto* const value = object ? object->if_contains(field) : nullptr;
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::string request_text(const std::string_view method, const std::string_view target,
                         const RequestParts& parts) {
    if (runs_by_name())
        if (auto named = by_name(method, target, parts)) return *std::move(named);
    std::string text = std::string(method) + ' ' + std::string(target) + " HTTP/1.1\r\n";
    const auto add = [&text](const std::string_view name, const std::string_view value) {
        text.append(name).append(": ").append(value).append("\r\n");
    };
    if (!has_header(parts.headers, "Host")) add("Host", "localhost");
    if (!parts.token.empty()) add("Authorization", "Bearer " + parts.token);
    for (const auto& [name, value] : parts.headers)
        add(name, value);
    if (parts.body && !has_header(parts.headers, "Content-Type")) add("Content-Type", "application/json");
    if (parts.body) add("Content-Length", std::to_string(parts.body->size()));
    text += "\r\n";
    return text + parts.body.value_or("");
}

HttpClient::HttpClient(const std::uint16_t port, const int receive_buffer, const std::string& from)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (socket_ < 0) fail_with_errno("socket");
    if (receive_buffer > 0) {
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    if (!from.empty()) {
        ::inet_pton(AF_INET, from.c_str(), &address.sin_addr);
        ::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    }
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        const int error = errno;
        ::close(socket_);
        throw std::system_error(error, std::generic_category(), "connect");
    }
}

HttpClient::HttpClient(const std::filesystem::path& socket)
    : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (socket_ < 0) fail_with_errno("socket");
    const boost::asio::local::stream_protocol::endpoint address(socket.native());
    if (::connect(socket_, address.data(), static_cast<socklen_t>(address.size())) != 0) {
        const int error = errno;
        ::close(socket_);
        throw std::system_error(error, std::generic_category(), "connect");
    }
}

HttpClient::~HttpClient() {
    if (socket_ >= 0) ::close(socket_);
}

Answer HttpClient::request(const std::string_view method, const std::string_view target,
                           const RequestParts& parts) {
    send(request_text(method, target, parts));
    return receive();
}

TlsOutcome HttpClient::start_tls(const TlsOptions& options) {
    const timeval time{.tv_sec = limit.count(), .tv_usec = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
    const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()),
                                                                    SSL_CTX_free);
    // Or OpenSSL would not even ask for the old versions.
    SSL_CTX_set_cipher_list(context.get(), "DEFAULT:@SECLEVEL=0");
    SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context.get(), options.newest);
    tls_ = {SSL_new(context.get()), SSL_free};
    const auto* const protocols = reinterpret_cast<const unsigned char*>(options.protocols.data());
    SSL_set_alpn_protos(tls_.get(), protocols, static_cast<unsigned>(options.protocols.size()));
    SSL_set_fd(tls_.get(), socket_);
    if (SSL_connect(tls_.get()) != 1) fail_with_tls("no handshake");

    const unsigned char* protocol = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(tls_.get(), &protocol, &size);
    return {SSL_get_version(tls_.get()),
            {reinterpret_cast<const char*>(protocol), size},
            to_pem(SSL_get0_peer_certificate(tls_.get()))};
}

void HttpClient::send(std::string_view bytes) {
    sent_ += bytes;
    if (tls_) {
        if (SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size())) <= 0) fail_with_tls("send");
        return;
    }
    while (!bytes.empty()) {
        if (!wait_for(socket_, POLLOUT, limit)) throw std::runtime_error("the server takes no more bytes");
        const auto count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count < 0) fail_with_errno("send");
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
}

void HttpClient::finish_sending() {
    if (::shutdown(socket_, SHUT_WR) != 0) fail_with_errno("shutdown");
}

Answer HttpClient::receive() {
    const auto [asked, size] = read_request(sent_);
    auto answer = receive_to(asked.method);
    if (answer.status < 200) return answer;
    sent_.erase(0, size);
    if (is_by_name(asked.target)) return runs_by_name() ? as_by_path(asked.target, answer) : answer;
    check_documented(asked, answer);
    return answer;
}

Answer HttpClient::receive_to(const std::string_view method) {
    Parser parser;
    parser.eager(true);
    parser.body_limit(boost::none);
    parser.skip(method == "HEAD");
    while (true) {
        if (!read_.empty()) {
            boost::system::error_code error;
            read_.erase(0, parser.put(boost::asio::buffer(read_), error));
            if (error && error != http::error::need_more)
                throw std::runtime_error("no HTTP: " + error.message());
        }
        if (parser.is_done()) return to_answer(parser.get());
        if (!read_some()) throw std::runtime_error("the server closed the connection without an answer");
    }
}

std::size_t HttpClient::drip(const std::string_view bytes, const std::chrono::milliseconds pause) {
    std::size_t sent = 0;
    while (sent < bytes.size()) {
        send(bytes.substr(sent++, 1));
        if (readable_within(pause)) break;
    }
    return sent;
}

std::string HttpClient::receive_until_closed() {
    while (read_some()) {
    }
    return std::exchange(read_, {});
}

void HttpClient::wait_until_gone() {
    if (!wait_for(socket_, POLLRDHUP, limit)) throw std::runtime_error("the server keeps the connection");
}

std::size_t HttpClient::first_answered(const std::span<const HttpClient* const> clients) {
    std::vector<pollfd> entries;
    for (const auto* const client : clients)
        entries.push_back({client->socket_, POLLIN, 0});
    constexpr auto time = std::chrono::milliseconds(limit).count();
    const int ready = ::poll(entries.data(), entries.size(), static_cast<int>(time));
    if (ready <= 0) throw std::runtime_error("none was answered");
    const auto first = std::ranges::find_if(entries, [](const pollfd& entry) { return entry.revents != 0; });
    return static_cast<std::size_t>(first - entries.begin());
}

bool HttpClient::readable_within(const std::chrono::milliseconds time) const {
    if (tls_ && SSL_pending(tls_.get()) > 0) return true;
    return wait_for(socket_, POLLIN, time);
}

bool HttpClient::read_some() {
    if (!readable_within(limit)) throw std::runtime_error("the server sent nothing in time");
    std::array<char, 16'384> bytes;  // NOLINT(*-member-init): only written to
    const auto count = tls_ ? read_tls(tls_.get(), bytes) : ::recv(socket_, bytes.data(), bytes.size(), 0);
    if (count < 0) fail_with_errno("recv");
    read_.append(bytes.data(), static_cast<std::size_t>(count));
    return count > 0;
}

}  // namespace gateway::test
