// Listens, hands connections to the I/O threads, and stops in good order.
#pragma once

#include "server/api/services.hpp"
#include "server/gateway/body_memory.hpp"
#include "server/gateway/request_limits.hpp"
#include "server/gateway/rest/router.hpp"
#include "server/log/log.hpp"
#include "server/outgoing/http_client.hpp"
#include "server/settings/server_section.hpp"
#include "server/settings/webhooks_section.hpp"
#include "storage/values/timestamp.hpp"
#include "storage/values/type_id.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

namespace gateway {

class IoThread;

/// One acceptor, on the context it is given, and an io_context with a thread of its own for each of
/// `settings.threads`; each connection stays on the one it was dealt to.
class HttpServer {
  public:
    struct Dependencies {
        boost::asio::io_context& acceptor_context;
        const ServerSettings& settings;
        const EventSettings& events;
        const LimitSettings& limits;
        const api::Runtime& runtime;
        outgoing::HttpClient::Dependencies http_client;
        outgoing::ClientOptions client_options;
        Clock clock;
        RequestLimits::SteadyClock steady;
        RandomSource random;
    };

    /// Binds and listens; connections wait until start(). The parts outlive the server, the settings are read
    /// as long as it lives. Throws std::runtime_error, a line that names the address, when it cannot be had.
    explicit HttpServer(const Dependencies& parts);

    /// As stop(), however long it takes.
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    /// Where it listens, with the real port.
    [[nodiscard]] boost::asio::ip::tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }

    void start();

    /// Accepts no more, lets what is in flight finish, and closes all connections. False when that took
    /// longer than `timeout`: something is still under way then. Called on another thread than the
    /// acceptor's, or after its context has stopped.
    bool stop(std::chrono::milliseconds timeout);

  private:
    boost::asio::awaitable<void> accept();
    void deal(boost::asio::ip::tcp::socket socket, IoThread& thread);
    void note_thread_end();

    const ServerSettings& settings_;
    Log& log_;
    Router router_;
    BodyMemory body_memory_;
    RequestLimits request_limits_;
    boost::asio::ip::tcp::acceptor acceptor_;
    boost::asio::steady_timer pause_;

    std::atomic<std::size_t> connections_ = 0;  ///< being served
    std::atomic<std::size_t> turned_away_ = 0;  ///< one too many, and told so; not counted above
    std::mutex mutex_;
    std::condition_variable thread_ended_;
    std::size_t threads_running_ = 0;
    std::vector<std::unique_ptr<IoThread>> threads_;
};

}  // namespace gateway
