// What a service manager that waits for it (systemd, Type=notify) is told of the daemon.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace gateway::command {

/// One datagram for each piece of news, by sd_notify(3). Where nobody waits for it nothing is sent. Any
/// thread.
class ServiceManager {
  public:
    /// By NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID of the environment.
    ServiceManager();

    /// The daemon serves; `status` is one line for people. False where the manager cannot be told.
    bool ready(std::string_view status) const;

    /// It reads its settings anew; ready() follows.
    bool reloading() const;

    /// It takes no more requests, and will end.
    bool stopping() const;

    /// It lives. To be said within each watchdog_time(), or the manager ends it.
    bool alive() const;

    /// Nothing: the manager has no watchdog.
    [[nodiscard]] std::optional<std::chrono::microseconds> watchdog_time() const { return watchdog_time_; }

  private:
    bool tell(std::string_view news) const;

    const std::string socket_;  ///< empty: nobody waits
    const std::optional<std::chrono::microseconds> watchdog_time_;
};

/// Says alive() twice within each watchdog_time(), as long as the context runs and the daemon's threads make
/// progress.
class WatchdogFeed {
  public:
    /// `makes_progress` is asked on the context's thread and must not wait for anything. The context and the
    /// manager outlive this.
    WatchdogFeed(boost::asio::io_context& context, const ServiceManager& manager,
                 std::function<bool()> makes_progress);

  private:
    void tick();

    const ServiceManager& manager_;
    const std::function<bool()> makes_progress_;
    boost::asio::steady_timer timer_;
};

}  // namespace gateway::command
