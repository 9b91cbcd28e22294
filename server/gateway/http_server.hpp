// Listens, hands connections to the I/O threads, and stops in good order.
#pragma once

#include "server/api/services.hpp"
#include "server/gateway/bindings.hpp"
#include "server/gateway/budget.hpp"
#include "server/gateway/listener.hpp"
#include "server/gateway/request_limits.hpp"
#include "server/gateway/serving_rules.hpp"
#include "server/gateway/tls_identity.hpp"
#include "server/health/pulse.hpp"
#include "server/outgoing/http_client.hpp"
#include "storage/values/timestamp.hpp"
#include "storage/values/type_id.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace gateway {

class IoThread;

/// Its listeners, on the context it is given, and an io_context with a thread of its own for each of
/// `settings.threads`; each connection stays on the one it was dealt to.
class HttpServer {
  public:
    struct Dependencies {
        boost::asio::io_context& acceptor_context;
        const Bindings& bindings;
        ServingRules rules;  ///< to begin with
        const LimitSettings& limits;
        const api::Runtime& runtime;
        outgoing::HttpClient::Dependencies http_client;
        outgoing::ClientOptions client_options;
        Clock clock;
        RequestLimits::SteadyClock steady;
        RandomSource random;
        std::chrono::milliseconds silence;  ///< a thread that is silent for so long gets no new connection
    };

    /// TLS handshakes under way at a time, beside settings.max_connections; one more is closed.
    static constexpr std::size_t max_handshakes = 1'000;

    /// Binds and listens; connections wait until start(). The parts outlive the server. Throws
    /// std::runtime_error, a line that names what it is about, when an address cannot be had or the TLS files
    /// cannot be used.
    explicit HttpServer(const Dependencies& parts);

    /// As stop(), however long it takes.
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    /// Where it listens, with the real ports, in the order of the settings.
    [[nodiscard]] std::vector<ListenAddress> addresses() const;

    void start();

    /// Of each I/O thread. Whoever wants to know asks; a thread that is asked by nobody is not found silent.
    [[nodiscard]] std::vector<health::Pulse*> pulses() const;

    /// How many are being served. Any thread.
    [[nodiscard]] std::size_t connections() const noexcept { return connections_.taken(); }

    /// Reads the TLS files anew, where a listener speaks TLS. Throws std::runtime_error, and goes on with
    /// those before.
    void apply(const TlsFiles& files);

    /// Connections go by these from their next step on, but for the addresses and the number of threads,
    /// which stay. Any thread.
    void apply(const ServingRules& rules, const LimitSettings& limits, const outgoing::EgressPolicy& policy);

    /// Accepts no more, lets what is in flight finish, and closes all connections. False when that took
    /// longer than `timeout`: something is still under way then. Called on another thread than the
    /// acceptor's, or after its context has stopped.
    bool stop(std::chrono::milliseconds timeout);

  private:
    using Socket = boost::asio::generic::stream_protocol::socket;

    boost::asio::awaitable<void> accept(Listener& listener);
    /// In turn, those left out that are silent; where all of them are, in turn all the same.
    IoThread& next_thread();
    void deal(Socket socket, IoThread& thread);
    void deal_tls(Socket socket, IoThread& thread);
    /// What is done at the end of each connection.
    std::function<void(std::exception_ptr)> note_failure();
    void note_thread_end();

    Log& log_;
    Budget body_memory_;
    RequestLimits request_limits_;
    std::optional<TlsIdentity> tls_;  ///< where a listener speaks it
    std::vector<std::unique_ptr<Listener>> listeners_;
    const std::chrono::milliseconds silence_;
    std::size_t turn_ = 0;  ///< of the threads, for whom the next connection is

    Budget connections_;  ///< being served
    Budget turned_away_;  ///< one too many, and told so; not counted above
    Budget handshakes_{max_handshakes};
    std::mutex mutex_;
    std::condition_variable thread_ended_;
    std::size_t threads_running_ = 0;
    std::vector<std::unique_ptr<IoThread>> threads_;
};

}  // namespace gateway
