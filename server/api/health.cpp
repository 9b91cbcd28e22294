#include "server/api/health.hpp"

#include "server/api/readiness.hpp"

namespace gateway::api {

boost::asio::awaitable<Result<Health>> get_health(Context&, HealthRequest) {
    co_return Health{HealthStatus::ok};
}

boost::asio::awaitable<Result<Health>> get_readiness(Context& context, HealthRequest) {
    const bool ready = co_await context.runtime().readiness.ready();
    if (!ready) {
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
     .rate_limited = false,
     .performer = handle<get_health>},
    {.id = "getReadiness",
     .summary = "Tell whether the database answers a read and a write within a second",
     .routes = Route{Method::get, "/readyz"},
     .access = Access::open,
     .rate_limited = false,
     .performer = handle<get_readiness>},
};

}  // namespace

std::span<const Operation> health_operations() noexcept {
    return operations;
}

}  // namespace gateway::api
