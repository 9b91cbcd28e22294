// The deliveries of a running daemon: the dispatcher, and the threads it works with.
#pragma once

#include "server/delivery/dispatcher.hpp"
#include "server/delivery/notifier.hpp"
#include "server/health/pulse.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <functional>
#include <future>
#include <optional>
#include <thread>

namespace gateway::delivery {

/// Sends from its making on.
class Deliveries {
  public:
    /// All of them outlive it.
    struct Parts {
        outgoing::HttpClient::Dependencies http_client;
        std::string user_agent;
        storage::Database& database;
        SigningKeys& keys;
        SigningSecrets& secrets;
        Feed& feed;
        IdSource& ids;
        const DeliverySettings& settings;  ///< to begin with
        const Clock& clock;
        const RandomSource& random;
        metrics::Metrics& metrics;
        Log& log;
        std::function<SteadyTime()> steady = std::chrono::steady_clock::now;
        std::string notify_url = {};  ///< told of what happens to webhooks; empty: nobody is
    };

    /// Throws std::system_error where a thread cannot be started.
    explicit Deliveries(Parts parts);

    /// Waits for the requests under way, delivery.timeout at most.
    ~Deliveries();
    Deliveries(const Deliveries&) = delete;
    Deliveries& operator=(const Deliveries&) = delete;

    /// As Dispatcher has it. Any thread.
    [[nodiscard]] std::optional<SteadyTime> waiting_since() const noexcept {
        return dispatcher_.waiting_since();
    }

    /// Whether the dispatcher's thread gets round to what is new.
    [[nodiscard]] health::Pulse& pulse() noexcept { return pulse_; }

    /// Requests under way. Any thread.
    [[nodiscard]] std::size_t in_flight() const noexcept { return dispatcher_.in_flight(); }

    /// What the settings say from now on; a request under way keeps its time limit. Any thread.
    void apply(const DeliverySettings& settings, const std::string& notify_url,
               const outgoing::EgressPolicy& policy);

    /// Sends nothing more. False when requests are still under way after `timeout`.
    bool stop(std::chrono::milliseconds timeout);

  private:
    Parts parts_;
    DeliverySettings settings_;  // for the thread alone, once it runs
    Signers signers_;
    boost::asio::io_context context_{1};
    health::Pulse pulse_{context_};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    outgoing::HttpClient client_;
    Notifier notifier_;
    Dispatcher dispatcher_;
    std::promise<void> ended_;
    std::future<void> end_ = ended_.get_future();
    std::thread thread_;
};

}  // namespace gateway::delivery
