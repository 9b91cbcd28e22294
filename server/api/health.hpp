// The operations of the Health tag, for whoever watches the daemon.
#pragma once

#include "server/api/operation.hpp"

#include <boost/asio/awaitable.hpp>

#include <span>

namespace gateway::api {

enum class HealthStatus { ok, ready };

template <>
struct Words<HealthStatus> {
    static constexpr std::string_view words[] = {"ok", "ready"};
    static constexpr std::span<const std::string_view> names = words;
    static constexpr std::string_view schema_name;
};

struct HealthRequest {
    static constexpr auto describe() { return message("HealthRequest"); }
};

struct Health {
    HealthStatus status;

    static constexpr auto describe() { return message("Health", field(&Health::status, {"status", {}})); }
};

/// The process lives.
boost::asio::awaitable<Result<Health>> get_health(Context& context, HealthRequest request);

/// The watchdog has found nothing wrong, and a read and a small write come back within a second (see
/// Readiness).
boost::asio::awaitable<Result<Health>> get_readiness(Context& context, HealthRequest request);

std::span<const Operation> health_operations() noexcept;

}  // namespace gateway::api
