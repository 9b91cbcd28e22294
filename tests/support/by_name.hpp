// The same requests by the other binding: a suite that runs with `-- --by-name` calls each operation by its
// name instead of its path, and reads the answer as if it had come by the path.
#pragma once

#include "tests/support/http_client.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace gateway::test {

/// Whether this run is by name.
bool runs_by_name();

/// The request of the Connect protocol, in JSON, that means the same as this one; nothing where there is
/// none.
std::optional<std::string> by_name(std::string_view method, std::string_view target,
                                   const RequestParts& parts);

/// Whether by_name() made it.
bool is_by_name(std::string_view target);

/// What the path would have answered. Throws std::runtime_error for an answer that is not as the protocol
/// wants it.
Answer as_by_path(std::string_view target, const Answer& answer);

}  // namespace gateway::test
