// A thread that serves connections, with an io_context that is its own.
#pragma once

#include "server/gateway/client_connection.hpp"
#include "server/gateway/deadlines.hpp"
#include "server/gateway/http_date.hpp"
#include "server/gateway/http_server.hpp"
#include "server/gateway/request_handler.hpp"
#include "server/gateway/request_ids.hpp"
#include "server/gateway/serving_rules.hpp"
#include "server/health/pulse.hpp"
#include "server/outgoing/http_client.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <thread>

namespace gateway {

class IoThread {
  public:
    /// Runs until stop() and the end of all its connections, then calls `on_end` on its thread. The
    /// parts, the memory and the limits must outlive it.
    IoThread(const HttpServer::Dependencies& parts, Budget& body_memory, RequestLimits& limits,
             std::function<void()> on_end);

    /// As stop(), and waits for the end.
    ~IoThread();  // NOLINT(bugprone-exception-escape): see there
    IoThread(const IoThread&) = delete;
    IoThread& operator=(const IoThread&) = delete;

    [[nodiscard]] boost::asio::io_context& context() noexcept { return context_; }

    /// Whether it gets round to new connections.
    [[nodiscard]] health::Pulse& pulse() noexcept { return pulse_; }

    /// What a connection on this thread uses; for that thread alone.
    [[nodiscard]] ConnectionServices connection_services() noexcept {
        return {rules_, deadlines_, body_memory_, request_handler_, request_ids_, date_, log_};
    }

    /// Goes by these from the next step of each connection on. Any thread.
    void apply(const ServingRules& rules, const outgoing::EgressPolicy& policy);

    /// Closes idle connections, lets the others answer what they are at, then ends. Any thread.
    void stop();

  private:
    std::shared_ptr<const ServingRules> rules_;  // for the thread alone, once it runs
    Budget& body_memory_;
    Log& log_;
    boost::asio::io_context context_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    health::Pulse pulse_{context_};
    Deadlines deadlines_;
    outgoing::HttpClient http_client_;
    RequestHandler request_handler_;
    RequestIds request_ids_;
    HttpDate date_;
    std::thread thread_;
};

}  // namespace gateway
