#include "server/outgoing/connection_pool.hpp"

#include <boost/system/error_code.hpp>

#include <algorithm>
#include <utility>

namespace gateway::outgoing {

using Clock = std::chrono::steady_clock;

ConnectionPool::ConnectionPool(const asio::any_io_executor& executor, const PoolLimits limits)
    : limits_(limits), timer_(executor) {}

std::unique_ptr<ReceiverConnection> ConnectionPool::take(const Origin& origin) {
    const auto leads_there = [&origin](const Idle& idle) { return idle.origin == origin; };
    while (true) {
        const auto newest = std::find_if(idle_.rbegin(), idle_.rend(), leads_there);
        if (newest == idle_.rend()) return nullptr;
        auto connection = remove(std::prev(newest.base()));
        if (is_usable(*connection)) return connection;
    }
}

bool ConnectionPool::is_usable(ReceiverConnection& connection) const {
    return connection.is_quiet() && Clock::now() - connection.made_at() < limits_.age;
}

void ConnectionPool::keep(const Origin& origin, std::unique_ptr<ReceiverConnection> connection) {
    if (stopped_ || connection->made_at() < oldest_ || limits_.per_origin == 0 || limits_.total == 0) {
        ReceiverConnection::part_with(std::move(connection));
        return;
    }
    make_room(origin);
    idle_.push_back({origin, std::move(connection), Clock::now()});
    watch();
}

void ConnectionPool::make_room(const Origin& origin) {
    const auto leads_there = [&origin](const Idle& idle) { return idle.origin == origin; };
    const auto siblings = static_cast<std::size_t>(std::ranges::count_if(idle_, leads_there));
    if (siblings >= limits_.per_origin) {
        ReceiverConnection::part_with(remove(std::ranges::find_if(idle_, leads_there)));
    } else if (idle_.size() >= limits_.total) {
        ReceiverConnection::part_with(remove(idle_.begin()));
    }
}

std::unique_ptr<ReceiverConnection> ConnectionPool::remove(const Position position) {
    auto connection = std::move(position->connection);
    idle_.erase(position);
    // A timer without a use would hold up the end of its thread.
    if (idle_.empty()) timer_.cancel();
    return connection;
}

void ConnectionPool::start_over() {
    oldest_ = Clock::now();
    idle_.clear();
    timer_.cancel();
}

void ConnectionPool::stop() {
    stopped_ = true;
    idle_.clear();
    timer_.cancel();
}

void ConnectionPool::watch() {
    if (watching_ || idle_.empty()) return;
    watching_ = true;
    timer_.expires_at(idle_.front().since + limits_.idle_time);
    timer_.async_wait([weak = weak_from_this()](const boost::system::error_code&) {
        const auto pool = weak.lock();
        if (!pool) return;
        pool->watching_ = false;
        pool->close_expired();
        pool->watch();
    });
}

void ConnectionPool::close_expired() {
    const auto now = Clock::now();
    while (!idle_.empty() && idle_.front().since + limits_.idle_time <= now) {
        ReceiverConnection::part_with(remove(idle_.begin()));
    }
}

}  // namespace gateway::outgoing
