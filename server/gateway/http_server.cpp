#include "server/gateway/http_server.hpp"

#include "server/gateway/client_connection.hpp"
#include "server/gateway/io_thread.hpp"
#include "storage/values/error.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <stdexcept>
#include <string>
#include <utility>

namespace gateway {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

// Connections over the limit that are answered 503 at a time; those beyond are closed without a word.
constexpr std::size_t most_turned_away = 256;

// How long accepting rests after a failure, which is nearly always a lack of file descriptors.
constexpr std::chrono::milliseconds accept_pause{100};

tcp::acceptor listen(asio::io_context& context, const ServerSettings& settings) {
    const tcp::endpoint endpoint(asio::ip::make_address(settings.address), settings.port);
    tcp::acceptor acceptor(context);
    acceptor.open(endpoint.protocol());
    acceptor.set_option(tcp::acceptor::reuse_address(true));
    boost::system::error_code error;
    acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
    if (error) {
        throw std::runtime_error("cannot listen on " + settings.address + " port " +
                                 std::to_string(settings.port) + ": " + error.message() +
                                 "; choose another server.address or server.port");
    }
    acceptor.non_blocking(true);
    return acceptor;
}

}  // namespace

HttpServer::HttpServer(const Dependencies& parts)
    : settings_(parts.settings),
      log_(parts.runtime.log),
      router_(api::tags()),
      body_memory_(parts.settings.body_memory),
      request_limits_(parts.limits, parts.steady, parts.random),
      acceptor_(listen(parts.acceptor_context, parts.settings)),
      pause_(parts.acceptor_context),
      threads_running_(parts.settings.threads) {
    for (std::size_t i = 0; i < settings_.threads; ++i)
        threads_.push_back(std::make_unique<IoThread>(parts, router_, body_memory_, request_limits_,
                                                      [this] { note_thread_end(); }));
}

HttpServer::~HttpServer() {
    stop(std::chrono::hours(1));
}

void HttpServer::start() {
    const auto end = [this](const std::exception_ptr& error) {
        if (error) log_.error("accepting connections ended", {{"reason", describe(error)}});
    };
    asio::co_spawn(acceptor_.get_executor(), accept(), end);
}

asio::awaitable<void> HttpServer::accept() {
    constexpr auto as_tuple = asio::as_tuple(asio::use_awaitable);
    bool failing = false;
    for (std::size_t turn = 0;; ++turn) {
        // Not async_accept(): what waits may outlive the threads, and would hold a socket that belongs to one
        // of them.
        auto [error] = co_await acceptor_.async_wait(tcp::acceptor::wait_read, as_tuple);
        if (error) co_return;  // closed
        auto& thread = *threads_[turn % threads_.size()];
        auto socket = acceptor_.accept(thread.context(), error);
        if (!error) {
            if (std::exchange(failing, false)) log_.info("connections are accepted again");
            deal(std::move(socket), thread);
            continue;
        }
        if (!acceptor_.is_open()) co_return;
        const bool client_has_left =
            error == asio::error::would_block || error == asio::error::connection_aborted;
        if (client_has_left) continue;
        if (!std::exchange(failing, true))
            log_.error("connections cannot be accepted", {{"reason", error.message()}});
        pause_.expires_after(accept_pause);
        co_await pause_.async_wait(as_tuple);
    }
}

void HttpServer::deal(tcp::socket socket, IoThread& thread) {
    const bool welcome = connections_ < settings_.max_connections;
    if (!welcome && turned_away_ >= most_turned_away) return;
    auto& count = welcome ? connections_ : turned_away_;
    ++count;
    auto serve = [&thread, welcome, socket = std::move(socket)]() mutable -> asio::awaitable<void> {
        ClientConnection connection(std::move(socket), thread.connection_services());
        if (welcome) {
            co_await connection.serve();
        } else {
            co_await connection.turn_away();
        }
    };
    const auto end = [this, &count](const std::exception_ptr& error) {
        --count;
        if (error) log_.error("a connection failed", {{"reason", describe(error)}});
    };
    asio::co_spawn(thread.context(), std::move(serve), end);
}

bool HttpServer::stop(const std::chrono::milliseconds timeout) {
    boost::system::error_code ignored;
    acceptor_.close(ignored);  // NOLINT(bugprone-unused-return-value): it accepts no more either way
    pause_.cancel();
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
