// Connections that wait for the next request to their origin.
#pragma once

#include "server/outgoing/client_options.hpp"
#include "server/outgoing/origin.hpp"
#include "server/outgoing/receiver_connection.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <list>
#include <memory>

namespace gateway::outgoing {

/// Used on the thread of its executor alone. While it holds connections a timer of it waits there, so that
/// the executor's run() does not end before stop().
class ConnectionPool : public std::enable_shared_from_this<ConnectionPool> {
  public:
    ConnectionPool(const asio::any_io_executor& executor, PoolLimits limits);

    /// The connection to the origin that waited least, or null. Those that have been closed or spoken on
    /// meanwhile are dropped.
    std::unique_ptr<ReceiverConnection> take(const Origin& origin);

    /// Where there is no room the one that waited longest goes. The pool must be owned by a shared_ptr.
    void keep(const Origin& origin, std::unique_ptr<ReceiverConnection> connection);

    /// Closes all connections, and keeps none of those that are in use now.
    void start_over();

    /// Closes all connections and keeps none from now on.
    void stop();

    [[nodiscard]] bool stopped() const noexcept { return stopped_; }

    [[nodiscard]] std::size_t size() const noexcept { return idle_.size(); }

  private:
    struct Idle {
        Origin origin;
        std::unique_ptr<ReceiverConnection> connection;
        std::chrono::steady_clock::time_point since;
    };

    using Position = std::list<Idle>::iterator;

    [[nodiscard]] bool is_usable(ReceiverConnection& connection) const;
    void make_room(const Origin& origin);
    std::unique_ptr<ReceiverConnection> remove(Position position);
    void watch();
    void close_expired();

    PoolLimits limits_;
    asio::steady_timer timer_;
    std::chrono::steady_clock::time_point oldest_{};  // that is kept
    bool watching_ = false;
    bool stopped_ = false;
    std::list<Idle> idle_;  // the longest waiting first
};

}  // namespace gateway::outgoing
