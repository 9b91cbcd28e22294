#include "tests/support/receiver.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <openssl/ssl.h>

#include <array>
#include <cctype>
#include <condition_variable>
#include <mutex>
#include <netinet/tcp.h>
#include <stdexcept>
#include <sys/socket.h>
#include <thread>

namespace gateway::test {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;

namespace {

constexpr auto as_tuple = asio::as_tuple(asio::use_awaitable);

constexpr std::chrono::minutes patience{1};

std::string lower_case(const std::string_view text) {
    std::string lowered;
    for (const char c : text)
        lowered += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return lowered;
}

ReceivedRequest describe(const http::request<http::string_body>& message, const std::size_t connection) {
    ReceivedRequest request;
    request.method = std::string(message.method_string());
    request.target = std::string(message.target());
    for (const auto& field : message) {
        request.headers[lower_case(field.name_string())] = std::string(field.value());
    }
    request.body = message.body();
    request.connection = connection;
    return request;
}

asio::ssl::context make_tls(const Identity& identity, const int newest) {
    asio::ssl::context context(asio::ssl::context::tls_server);
    context.use_certificate(asio::buffer(identity.certificate), asio::ssl::context::pem);
    context.use_private_key(asio::buffer(identity.key), asio::ssl::context::pem);
    // Or OpenSSL would refuse the old versions by itself, and a test of who asks for them would show nothing.
    SSL_CTX_set_cipher_list(context.native_handle(), "DEFAULT:@SECLEVEL=0");
    SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context.native_handle(), newest);
    return context;
}

asio::awaitable<void> finish(tcp::socket& socket, const bool) {
    boost::system::error_code ignored;
    socket.shutdown(tcp::socket::shutdown_send, ignored);
    co_return;
}

asio::awaitable<void> finish(asio::ssl::stream<tcp::socket>& stream, const bool say_so) {
    if (say_so) co_await stream.async_shutdown(as_tuple);
}

template <class Stream>
asio::awaitable<bool> send(Stream& stream, const std::string& bytes) {
    const auto [error, count] = co_await asio::async_write(stream, asio::buffer(bytes), as_tuple);
    co_return !error;
}

using Cork = asio::detail::socket_option::boolean<IPPROTO_TCP, TCP_CORK>;

template <class Stream>
asio::awaitable<void> send_all(Stream& stream, const Reply& reply) {
    if (reply.manner == Reply::Manner::together) stream.lowest_layer().set_option(Cork(true));
    bool open = co_await send(stream, reply.head);
    asio::steady_timer timer(stream.get_executor());
    switch (reply.manner) {
        case Reply::Manner::at_once:
            timer.expires_after(reply.pause);
            co_await timer.async_wait(as_tuple);
            co_await send(stream, reply.bytes);
            break;
        case Reply::Manner::together:
            co_await send(stream, reply.bytes);
            stream.lowest_layer().set_option(Cork(false));
            break;
        case Reply::Manner::dripping:
            for (std::size_t i = 0; open && i < reply.bytes.size(); ++i) {
                open = co_await send(stream, reply.bytes.substr(i, 1));
                timer.expires_after(reply.pause);
                co_await timer.async_wait(as_tuple);
            }
            break;
        case Reply::Manner::endless:
            while (open)
                open = co_await send(stream, reply.bytes);
            break;
    }
}

template <class Stream>
asio::awaitable<void> wait_for_close(Stream& stream) {
    std::array<char, 1024> rest{};
    while (true) {
        const auto [error, count] = co_await stream.async_read_some(asio::buffer(rest), as_tuple);
        if (error) co_return;
    }
}

template <class Stream>
asio::awaitable<void> end(Stream& stream, const Reply::End end) {
    switch (end) {
        case Reply::End::next_request:
            break;
        case Reply::End::close:
            co_await finish(stream, true);
            break;
        case Reply::End::cut:
            co_await finish(stream, false);
            break;
        case Reply::End::reset: {
            auto& socket = stream.lowest_layer();
            socket.set_option(asio::socket_base::linger(true, 0));
            socket.close();
            break;
        }
        case Reply::End::silence:
            co_await wait_for_close(stream);
            break;
    }
}

std::string url_of(const bool tls, const std::string_view host, const std::uint16_t port,
                   const std::string_view path) {
    std::string url = tls ? "https://" : "http://";
    return url.append(host).append(":").append(std::to_string(port)).append(path);
}

}  // namespace

std::string ReceivedRequest::header(const std::string& name) const {
    const auto found = headers.find(lower_case(name));
    return found == headers.end() ? std::string() : found->second;
}

Reply answer(const unsigned status, const std::string_view body, const Headers& headers) {
    Reply reply;
    reply.bytes = "HTTP/1.1 " + std::to_string(status) + " As scripted\r\n";
    for (const auto& [name, value] : headers)
        reply.bytes.append(name).append(": ").append(value).append("\r\n");
    reply.bytes += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
    reply.end = Reply::End::next_request;
    return reply;
}

Reply raw(std::string bytes, const Reply::End end) {
    Reply reply;
    reply.bytes = std::move(bytes);
    reply.end = end;
    return reply;
}

Reply drip(std::string bytes, const std::chrono::milliseconds pause) {
    Reply reply = raw(std::move(bytes));
    reply.manner = Reply::Manner::dripping;
    reply.pause = pause;
    return reply;
}

Reply endless(std::string head, std::string piece) {
    Reply reply = raw(std::move(piece));
    reply.head = std::move(head);
    reply.manner = Reply::Manner::endless;
    return reply;
}

Reply close_early() {
    return raw({});
}

Reply reset() {
    return raw({}, Reply::End::reset);
}

Reply silence() {
    return raw({}, Reply::End::silence);
}

class Receiver::Impl {
  public:
    Impl(Script script, const ReceiverOptions& options)
        : script_(std::move(script)),
          acceptor_(context_, tcp::endpoint(asio::ip::make_address(options.address), 0)),
          port_(acceptor_.local_endpoint().port()) {
        if (options.identity) tls_.emplace(make_tls(*options.identity, options.newest_tls));
        asio::co_spawn(context_, accept(), asio::detached);
        thread_ = std::thread([this] { context_.run(); });
    }

    ~Impl() {
        context_.stop();
        thread_.join();
        context_.end_coroutines();
    }

    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }

    [[nodiscard]] bool speaks_tls() const { return tls_.has_value(); }

    std::vector<ReceivedRequest> requests() {
        const std::lock_guard lock(mutex_);
        return requests_;
    }

    std::vector<std::string> server_names() {
        const std::lock_guard lock(mutex_);
        return server_names_;
    }

    std::size_t connections() {
        const std::lock_guard lock(mutex_);
        return opened_;
    }

    void wait_for_closed(const std::size_t count) {
        std::unique_lock lock(mutex_);
        if (!changed_.wait_for(lock, patience, [&] { return closed_ >= count; })) {
            throw std::runtime_error("the receiver's connections do not end");
        }
    }

  private:
    // An io_context whose coroutines can be ended before what they use.
    struct Context : asio::io_context {
        Context() : io_context(1) {}

        void end_coroutines() { shutdown(); }
    };

    asio::awaitable<void> accept() {
        while (true) {
            auto [error, socket] = co_await acceptor_.async_accept(as_tuple);
            if (error) co_return;
            asio::co_spawn(context_, serve(std::move(socket), note_opened()), asio::detached);
        }
    }

    asio::awaitable<void> serve(tcp::socket socket, const std::size_t number) {
        if (tls_) {
            asio::ssl::stream<tcp::socket> stream(std::move(socket), *tls_);
            const auto [error] = co_await stream.async_handshake(asio::ssl::stream_base::server, as_tuple);
            if (!error) {
                note_server_name(SSL_get_servername(stream.native_handle(), TLSEXT_NAMETYPE_host_name));
                co_await converse(stream, number);
            }
            stream.lowest_layer().close();
        } else {
            co_await converse(socket, number);
            socket.close();
        }
        note_closed();
    }

    template <class Stream>
    asio::awaitable<void> converse(Stream& stream, const std::size_t number) {
        beast::flat_buffer buffer;
        auto last = Reply::End::next_request;
        while (last == Reply::End::next_request) {
            http::request<http::string_body> message;
            const auto [error, count] = co_await http::async_read(stream, buffer, message, as_tuple);
            if (error) co_return;
            const Reply reply = script_(note(describe(message, number)));
            co_await send_all(stream, reply);
            co_await end(stream, reply.end);
            last = reply.end;
        }
    }

    std::size_t note_opened() {
        const std::lock_guard lock(mutex_);
        return ++opened_;
    }

    void note_closed() {
        const std::lock_guard lock(mutex_);
        ++closed_;
        changed_.notify_all();
    }

    void note_server_name(const char* name) {
        const std::lock_guard lock(mutex_);
        server_names_.emplace_back(name == nullptr ? "" : name);
    }

    ReceivedRequest note(ReceivedRequest request) {
        const std::lock_guard lock(mutex_);
        return requests_.emplace_back(std::move(request));
    }

    const Script script_;
    std::optional<asio::ssl::context> tls_;
    Context context_;
    tcp::acceptor acceptor_;
    const std::uint16_t port_;
    std::thread thread_;

    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<ReceivedRequest> requests_;  // these under mutex_
    std::vector<std::string> server_names_;
    std::size_t opened_ = 0;
    std::size_t closed_ = 0;
};

Receiver::Receiver(Script script, const ReceiverOptions& options)
    : impl_(std::make_unique<Impl>(std::move(script), options)) {}

Receiver::Receiver(const Reply& reply, const ReceiverOptions& options)
    : Receiver([reply](const ReceivedRequest&) { return reply; }, options) {}

Receiver::~Receiver() = default;

std::uint16_t Receiver::port() const {
    return impl_->port();
}

std::string Receiver::url(const std::string_view path, const std::string_view host) const {
    return url_of(impl_->speaks_tls(), host, port(), path);
}

std::vector<ReceivedRequest> Receiver::requests() const {
    return impl_->requests();
}

std::size_t Receiver::connections() const {
    return impl_->connections();
}

std::vector<std::string> Receiver::server_names() const {
    return impl_->server_names();
}

void Receiver::wait_for_closed(const std::size_t count) const {
    impl_->wait_for_closed(count);
}

// A queue of length 0 takes one connection. Further attempts are dropped, and go on trying.
BlackHole::BlackHole(const std::string& address, const std::uint16_t port) : acceptor_(context_) {
    const tcp::endpoint endpoint(asio::ip::make_address(address), port);
    acceptor_.open(endpoint.protocol());
    acceptor_.bind(endpoint);
    acceptor_.listen(0);
    for (int i = 0; i < 4; ++i) {
        auto& socket = waiting_.emplace_back(context_, endpoint.protocol());
        socket.non_blocking(true);
        const auto queue = acceptor_.local_endpoint();
        // Not Asio's, which waits even where the socket does not. It answers that the connection is on its
        // way.
        static_cast<void>(
            ::connect(socket.native_handle(), queue.data(), static_cast<socklen_t>(queue.size())));
    }
}

std::string BlackHole::url(const std::string_view path) const {
    return url_of(false, acceptor_.local_endpoint().address().to_string(), port(), path);
}

ClosedPort::ClosedPort() : holder_(context_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {}

std::string ClosedPort::url(const std::string_view path) const {
    return url_of(false, "127.0.0.1", port(), path);
}

}  // namespace gateway::test
