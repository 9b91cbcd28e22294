// Whether a daemon has a database.
#pragma once

#include <filesystem>

namespace gateway::storage {

/// Of a database that is there; asked from another process than the daemon's. Throws std::runtime_error.
bool is_served(const std::filesystem::path& database);

}  // namespace gateway::storage
