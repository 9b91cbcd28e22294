#include "server/api/health.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>

namespace gateway::api {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds ready_within{1};

asio::awaitable<void> probe(storage::Database& database, const storage::Deadline deadline) {
    const auto look = [](storage::Snapshot& snapshot) { return snapshot.query("SELECT 1 FROM apps").step(); };
    co_await database.read(look, deadline);
    const auto commit_nothing = [](storage::Transaction&) { return true; };
    co_await database.write(commit_nothing, deadline);
}

}  // namespace

asio::awaitable<Result<Health>> get_health(Context&, HealthRequest) {
    co_return Health{HealthStatus::ok};
}

asio::awaitable<Result<Health>> get_readiness(Context& context, HealthRequest) {
    // A write that has begun cannot be called off, so the probe may outlive this answer; it owns what it
    // touches.
    struct Probe {
        explicit Probe(const asio::any_io_executor& executor) : over(executor, ready_within) {}

        asio::steady_timer over;
        bool good = false;
    };

    const auto executor = co_await asio::this_coro::executor;
    const auto state = std::make_shared<Probe>(executor);
    const auto finish = [state](const std::exception_ptr& error) {
        state->good = !error;
        state->over.cancel();
    };
    const auto deadline = std::chrono::steady_clock::now() + ready_within;
    asio::co_spawn(executor, probe(context.runtime().database, deadline), finish);
    co_await state->over.async_wait(asio::as_tuple(asio::use_awaitable));

    if (!state->good) {
        co_return ApiError{ErrorCode::storage_unavailable,
                           "The database did not answer a read and a write in time.",
                           std::chrono::seconds(1)};
    }
    co_return Health{HealthStatus::ready};
}

namespace {

constexpr Operation operations[] = {
    {.id = "getHealth",
     .summary = "Tell that the process lives",
     .routes = Route{Method::get, "/healthz"},
     .access = Access::open,
     .performer = handle<get_health>},
    {.id = "getReadiness",
     .summary = "Tell whether the database answers a read and a write within a second",
     .routes = Route{Method::get, "/readyz"},
     .access = Access::open,
     .performer = handle<get_readiness>},
};

}  // namespace

std::span<const Operation> health_operations() noexcept {
    return operations;
}

}  // namespace gateway::api
