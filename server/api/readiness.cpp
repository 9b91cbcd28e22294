#include "server/api/readiness.hpp"

#include "storage/tables/probe.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace gateway::api {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds ready_within{1};
constexpr std::chrono::seconds fresh_for{1};

}  // namespace

/// One caller. Its timer is touched on its own thread alone.
struct Readiness::Waiter {
    explicit Waiter(const asio::any_io_executor& executor) : over(executor, ready_within) {}

    asio::steady_timer over;
    bool good = false;  // under mutex_
};

asio::awaitable<bool> Readiness::ready() {
    const auto executor = co_await asio::this_coro::executor;
    const auto waiter = std::make_shared<Waiter>(executor);
    bool probing = false;
    {
        const std::lock_guard lock(mutex_);
        const auto known = known_or_wait(waiter);
        if (known) co_return *known;
        probing = std::exchange(under_way_, true);
    }
    if (!probing) {
        const auto end = [this](const std::exception_ptr& error) { finish(!error); };
        asio::co_spawn(executor, probe_(std::chrono::steady_clock::now() + ready_within), end);
    }
    co_await waiter->over.async_wait(asio::as_tuple(asio::use_awaitable));

    const std::lock_guard lock(mutex_);
    std::erase(waiting_, waiter);
    co_return waiter->good;
}

std::optional<bool> Readiness::known_or_wait(const std::shared_ptr<Waiter>& waiter) {
    if (!under_way_ && last_) {
        const auto age = clock_() - last_->at;
        const bool fresh = age >= Timestamp::duration::zero() && age < fresh_for;
        if (fresh) return last_->good;
    }
    waiting_.push_back(waiter);
    return std::nullopt;
}

void Readiness::finish(const bool good) {
    const std::lock_guard lock(mutex_);
    last_ = Finding{good, clock_()};
    under_way_ = false;
    for (const auto& waiter : std::exchange(waiting_, {})) {
        waiter->good = good;
        asio::post(waiter->over.get_executor(), [waiter] { waiter->over.cancel(); });
    }
}

asio::awaitable<void> probe_database(storage::Database& database, const storage::Deadline deadline) {
    const auto read = [](storage::Snapshot& snapshot) { return storage::probe_read(snapshot); };
    co_await database.read(read, deadline);
    const auto write = [](storage::Transaction& transaction) { return storage::probe_write(transaction); };
    co_await database.write(write, deadline);
}

}  // namespace gateway::api
