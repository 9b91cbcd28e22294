#include "server/version.hpp"

namespace gateway {

// The build defines it for this file alone, so that a new version compiles one file.
std::string_view version() noexcept {
    return GATEWAY_VERSION;
}

}  // namespace gateway
