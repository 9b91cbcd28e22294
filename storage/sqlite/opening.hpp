// The database in an SQLite file.
#pragma once

#include "storage/engine/database.hpp"
#include "storage/sqlite/database_file.hpp"

namespace gateway::storage {

/// The sessions of a Database over this file, which must be migrated and outlives them. As long as it has a
/// fault(), writes are Unavailable. Throws SQLite::Exception and std::system_error.
Sessions open_sessions(const DatabaseFile& file, const DatabaseOptions& options, const Report& report);

}  // namespace gateway::storage
