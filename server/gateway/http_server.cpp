#include "server/gateway/http_server.hpp"

#include "server/gateway/client_connection.hpp"
#include "server/gateway/io_thread.hpp"
#include "storage/values/error.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace gateway {

namespace asio = boost::asio;

namespace {

// Connections over the limit that are answered 503 at a time; those beyond are closed without a word.
constexpr std::size_t most_turned_away = 256;

// How long accepting rests after a failure, which is nearly always a lack of file descriptors.
constexpr std::chrono::milliseconds accept_pause{100};

std::vector<std::unique_ptr<Listener>> listen(asio::io_context& context, const ServerSettings& settings) {
    std::vector<std::unique_ptr<Listener>> listeners;
    for (const auto& address : listen_addresses(settings))
        listeners.push_back(std::make_unique<Listener>(context, address));
    return listeners;
}

}  // namespace

HttpServer::HttpServer(const Dependencies& parts)
    : log_(parts.runtime.log),
      body_memory_(parts.rules.server.body_memory),
      request_limits_(parts.limits, parts.steady, parts.random),
      listeners_(listen(parts.acceptor_context, parts.rules.server)),
      silence_(parts.silence),
      connections_(parts.rules.server.max_connections),
      turned_away_(most_turned_away),
      threads_running_(parts.rules.server.threads) {
    const auto& settings = parts.rules.server;
    if (std::ranges::any_of(listeners_, [](const auto& listener) { return listener->address().tls; }))
        tls_.emplace(TlsFiles{settings.tls_certificate, settings.tls_key}, log_);
    for (std::size_t i = 0; i < settings.threads; ++i)
        threads_.push_back(
            std::make_unique<IoThread>(parts, body_memory_, request_limits_, [this] { note_thread_end(); }));
}

HttpServer::~HttpServer() {
    stop(std::chrono::hours(1));
}

void HttpServer::apply(const TlsFiles& files) {
    if (tls_) tls_->replace(files);
}

void HttpServer::apply(const ServingRules& rules, const LimitSettings& limits,
                       const outgoing::EgressPolicy& policy) {
    request_limits_.change(limits);
    connections_.set_most(rules.server.max_connections);
    body_memory_.set_most(rules.server.body_memory);
    for (const auto& thread : threads_)
        thread->apply(rules, policy);
}

std::vector<ListenAddress> HttpServer::addresses() const {
    std::vector<ListenAddress> addresses;
    for (const auto& listener : listeners_)
        addresses.push_back(listener->address());
    return addresses;
}

void HttpServer::start() {
    for (const auto& listener : listeners_) {
        const auto end = [this, url = to_string(listener->address())](const std::exception_ptr& error) {
            if (error) log_.error("accepting connections ended", {{"url", url}, {"reason", describe(error)}});
        };
        asio::co_spawn(listener->acceptor().get_executor(), accept(*listener), end);
    }
}

asio::awaitable<void> HttpServer::accept(Listener& listener) {
    constexpr auto as_tuple = asio::as_tuple(asio::use_awaitable);
    auto& acceptor = listener.acceptor();
    for (bool failing = false;;) {
        // Not async_accept(): what waits may outlive the threads, and would hold a socket that belongs to one
        // of them.
        auto [error] = co_await acceptor.async_wait(Listener::Acceptor::wait_read, as_tuple);
        if (error) co_return;  // closed
        auto& thread = next_thread();
        auto socket = acceptor.accept(thread.context(), error);
        if (!error) {
            if (std::exchange(failing, false)) log_.info("connections are accepted again");
            if (listener.address().tls) {
                deal_tls(std::move(socket), thread);
            } else {
                deal(std::move(socket), thread);
            }
            continue;
        }
        if (!acceptor.is_open()) co_return;
        const bool client_has_left =
            error == asio::error::would_block || error == asio::error::connection_aborted;
        if (client_has_left) continue;
        if (!std::exchange(failing, true))
            log_.error("connections cannot be accepted", {{"reason", error.message()}});
        listener.pause().expires_after(accept_pause);
        co_await listener.pause().async_wait(as_tuple);
    }
}

IoThread& HttpServer::next_thread() {
    for (std::size_t looked = 0; looked < threads_.size(); ++looked) {
        auto& thread = *threads_[turn_++ % threads_.size()];
        const auto asked = thread.pulse().progress().busy_since();
        if (!asked || std::chrono::steady_clock::now() - *asked < silence_) return thread;
    }
    return *threads_[turn_++ % threads_.size()];
}

std::vector<health::Pulse*> HttpServer::pulses() const {
    std::vector<health::Pulse*> all;
    for (const auto& thread : threads_)
        all.push_back(&thread->pulse());
    return all;
}

void HttpServer::deal(Socket socket, IoThread& thread) {
    auto place = connections_.take();
    const bool welcome = place.has_value();
    if (!welcome) place = turned_away_.take();
    if (!place) return;
    auto serve = [&thread, welcome, place = std::move(place),
                  socket = std::move(socket)]() mutable -> asio::awaitable<void> {
        ClientConnection connection(std::move(socket), thread.connection_services());
        if (welcome) {
            co_await connection.serve();
        } else {
            co_await connection.turn_away();
        }
    };
    asio::co_spawn(thread.context(), std::move(serve), note_failure());
}

/// A connection counts among those that are served once it has shaken hands.
void HttpServer::deal_tls(Socket socket, IoThread& thread) {
    auto handshake = handshakes_.take();
    if (!handshake) return;
    auto serve = [this, &thread, handshake = std::move(handshake), context = tls_->context(),
                  socket = std::move(socket)]() mutable -> asio::awaitable<void> {
        ClientConnection connection(std::move(socket), thread.connection_services());
        const bool has_shaken_hands = co_await connection.shake_hands(*context);
        handshake.reset();
        if (!has_shaken_hands) co_return;
        if (const auto place = connections_.take()) {
            co_await connection.serve();
        } else if (const auto farewell = turned_away_.take()) {
            co_await connection.turn_away();
        }
    };
    asio::co_spawn(thread.context(), std::move(serve), note_failure());
}

std::function<void(std::exception_ptr)> HttpServer::note_failure() {
    return [this](const std::exception_ptr& error) {
        if (error) log_.error("a connection failed", {{"reason", describe(error)}});
    };
}

bool HttpServer::stop(const std::chrono::milliseconds timeout) {
    for (const auto& listener : listeners_)
        listener->close();
    for (const auto& thread : threads_)
        thread->stop();
    std::unique_lock lock(mutex_);
    return thread_ended_.wait_for(lock, timeout, [this] { return threads_running_ == 0; });
}

void HttpServer::note_thread_end() {
    const std::lock_guard lock(mutex_);
    --threads_running_;
    thread_ended_.notify_all();
}

}  // namespace gateway
