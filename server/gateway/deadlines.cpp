#include "server/gateway/deadlines.hpp"

namespace gateway {

namespace {
constexpr std::chrono::milliseconds tick_length{100};
}

SocketDeadline::SocketDeadline(Deadlines& deadlines, Socket& socket)
    : deadlines_(deadlines), socket_(socket) {
    deadlines_.add(*this);
}

SocketDeadline::~SocketDeadline() {
    deadlines_.remove(*this);
}

void SocketDeadline::set(const std::chrono::milliseconds limit) {
    at_ = std::chrono::steady_clock::now() + limit;
    idle_ = false;
    expired_ = false;
}

void SocketDeadline::set_idle(const std::chrono::milliseconds limit) {
    set(deadlines_.stopping() ? std::chrono::milliseconds(0) : limit);
    idle_ = true;
}

void SocketDeadline::cut_off() {
    expired_ = true;
    at_ = TimePoint::max();
    boost::system::error_code ignored;
    socket_.cancel(ignored);  // NOLINT(bugprone-unused-return-value): nothing to be done about it
}

void Deadlines::stop() {
    stopping_ = true;
    for (auto& socket : sockets_) {
        if (socket.idle_ && socket.at_ != SocketDeadline::TimePoint::max()) socket.cut_off();
    }
}

void Deadlines::add(SocketDeadline& deadline) {
    sockets_.push_back(deadline);
    if (!ticking_) tick();
}

void Deadlines::remove(SocketDeadline& deadline) {
    sockets_.erase(sockets_.iterator_to(deadline));
    // An empty thread sleeps, and a stopping one ends.
    if (sockets_.empty()) timer_.cancel();
}

void Deadlines::tick() {
    ticking_ = true;
    timer_.expires_after(tick_length);
    timer_.async_wait([this](boost::system::error_code) {
        ticking_ = false;
        if (sockets_.empty()) return;
        const auto now = std::chrono::steady_clock::now();
        for (auto& socket : sockets_) {
            if (socket.at_ <= now) socket.cut_off();
        }
        tick();
    });
}

}  // namespace gateway
