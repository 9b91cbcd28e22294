#include "server/api/health.hpp"

#include "server/api/access.hpp"
#include "server/api/readiness.hpp"

namespace gateway::api {

boost::asio::awaitable<Result<Health>> get_health(Context&, HealthRequest) {
    co_return Health{HealthStatus::ok};
}

boost::asio::awaitable<Result<Health>> get_readiness(Context& context, HealthRequest) {
    const auto troubles = context.runtime().health.troubles();
    if (!troubles.empty())
        co_return ApiError{ErrorCode::storage_unavailable, "Not ready: " + troubles + ".",
                           std::chrono::seconds(1)};
    const bool ready = co_await context.runtime().readiness.ready();
    if (!ready) {
        co_return ApiError{ErrorCode::storage_unavailable,
                           "The database did not answer a read and a write in time.",
                           std::chrono::seconds(1)};
    }
    co_return Health{HealthStatus::ready};
}

namespace {

struct MetricsText {
    std::string text;

    static constexpr auto describe() {
        return message("MetricsText").described_as("Metrics in Prometheus' text format.");
    }
};

/// The key is still good, and not only remembered as such.
boost::asio::awaitable<Result<void>> confirm_key(const Context& context) {
    const auto& caller = context.caller();
    if (caller.token_id.empty() || caller.confirmed) co_return Result<void>{};
    const auto check = [token_id = caller.token_id](storage::Snapshot& snapshot) {
        return check_key(snapshot, token_id);
    };
    const auto key = co_await context.runtime().database.read(check, context.deadline());
    co_return key;
}

boost::asio::awaitable<Result<std::string>> get_metrics(Context& context, const RequestSource&) {
    const auto key = co_await confirm_key(context);
    if (key.has_error()) co_return key.error();
    auto text = co_await context.runtime().metrics.text();
    co_return text;
}

constexpr Operation operations[] = {
    {.id = "getHealth",
     .summary = "Tell that the process lives",
     .routes = Route{Method::get, "/healthz"},
     .access = Access::open,
     .rate_limited = false,
     .performer = handle<get_health>},
    {.id = "getReadiness",
     .summary =
         "Tell whether all parts of the daemon get on, and the database answers a read and a write within "
         "a second",
     .routes = Route{Method::get, "/readyz"},
     .access = Access::open,
     .rate_limited = false,
     .performer = handle<get_readiness>},
    {.id = "getMetrics",
     .summary = "Get what the daemon counts, for Prometheus",
     .routes = Route{Method::get, "/metrics"},
     .access = Access::all_apps,
     .form = Form::metrics,
     .performer = {&message_type<HealthRequest>, &message_type<MetricsText>, &get_metrics}},
};

}  // namespace

std::span<const Operation> health_operations() noexcept {
    return operations;
}

}  // namespace gateway::api
