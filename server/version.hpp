#pragma once

#include <string_view>

namespace gateway {

/// Of this build, e.g. "1.0.0".
std::string_view version() noexcept;

}  // namespace gateway
