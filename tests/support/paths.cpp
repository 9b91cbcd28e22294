#include "tests/support/paths.hpp"

namespace gateway::test {

std::filesystem::path source_folder() {
    return GATEWAY_SOURCE_DIR;
}

std::filesystem::path binary() {
    return GATEWAY_BINARY;
}

}  // namespace gateway::test
