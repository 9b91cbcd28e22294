// The database in an SQLite file.
#pragma once

#include "storage/engine/database.hpp"

namespace gateway::storage {

/// The sessions of a Database over the file of these options, which must exist and be migrated. Throws
/// SQLite::Exception and std::system_error.
Sessions open_sessions(const DatabaseOptions& options, const Report& report);

}  // namespace gateway::storage
