// The operations of the Documentation tag.
#pragma once

#include "server/api/operation.hpp"

#include <span>

namespace gateway::api {

std::span<const Operation> documentation_operations() noexcept;

}  // namespace gateway::api
