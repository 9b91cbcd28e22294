// The time limits of one I/O thread's connections.
#pragma once

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>

#include <chrono>

namespace gateway {

class Deadlines;

/// One socket's limit. Setting it is a store: no timer is touched, so that a request costs nothing. Where it
/// is overrun, what the socket waits for ends with operation_aborted and expired() tells why.
class SocketDeadline : public boost::intrusive::list_base_hook<> {
  public:
    using Socket = boost::asio::generic::stream_protocol::socket;
    using TimePoint = std::chrono::steady_clock::time_point;

    /// The socket and the deadlines must outlive this.
    SocketDeadline(Deadlines& deadlines, Socket& socket);
    ~SocketDeadline();
    SocketDeadline(const SocketDeadline&) = delete;
    SocketDeadline& operator=(const SocketDeadline&) = delete;

    /// From now on.
    void set(std::chrono::milliseconds limit);
    /// As set(), for the wait for a client's next request: it ends at once when the thread is asked to stop.
    void set_idle(std::chrono::milliseconds limit);

    void clear() noexcept { at_ = TimePoint::max(); }

    [[nodiscard]] bool expired() const noexcept { return expired_; }

  private:
    friend class Deadlines;

    void cut_off();

    Deadlines& deadlines_;
    Socket& socket_;
    TimePoint at_ = TimePoint::max();
    bool idle_ = false;
    bool expired_ = false;
};

/// Looks at every socket's limit ten times a second, so a limit is overrun by a tenth of a second at most.
/// Used on its own I/O thread alone.
class Deadlines {
  public:
    explicit Deadlines(boost::asio::io_context& context) : timer_(context) {}

    /// Cuts off what is idle, now and from now on.
    void stop();

    [[nodiscard]] bool stopping() const noexcept { return stopping_; }

  private:
    friend class SocketDeadline;

    void add(SocketDeadline& deadline);
    void remove(SocketDeadline& deadline);
    void tick();

    boost::asio::steady_timer timer_;
    boost::intrusive::list<SocketDeadline> sockets_;
    bool ticking_ = false;
    bool stopping_ = false;
};

}  // namespace gateway
