// Compresses as a client does.
#pragma once

#include <string>
#include <string_view>

namespace gateway::test {

std::string gzip(std::string_view text);

}  // namespace gateway::test
