#include "storage/served.hpp"

#include "storage/sqlite/side_lock.hpp"

namespace gateway::storage {

bool is_served(const std::filesystem::path& database) {
    return SideLock(database).held_elsewhere(SideLock::Part::daemon);
}

}  // namespace gateway::storage
