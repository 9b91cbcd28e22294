// Tells the database's file from another one that was put in its place.
//
// A log that a crash left belongs to one file; SQLite would apply it to whatever stands there, a restored
// backup too, and undo or destroy that. So each start gives the file a mark and notes it in the side file.
// The mark is the schema version in the file's header, which SQLite only compares: a random number that a
// copy made by SQLite (.backup, VACUUM INTO, a dump) does not have, and an older copy of the file neither.
#pragma once

#include "storage/sqlite/connection.hpp"
#include "storage/sqlite/database_file.hpp"
#include "storage/sqlite/side_lock.hpp"
#include "storage/values/checkpoints.hpp"
#include "storage/values/type_id.hpp"

#include <filesystem>

namespace gateway::storage {

/// Throws DatabaseRefused where the file is not the one that was marked last: it is missing or empty, or
/// another with the log of the former beside it. What the side file does not tell of passes. To be called
/// before this process opens the database, and while no daemon has it.
void require_same_database(const DatabaseFile& file);

/// As above, where no daemon has the file now: what one has open is as it left it. Throws DatabaseRefused as
/// well where one has it under another name.
void require_same_database_unless_served(const DatabaseFile& file);

/// As require_same_database(), for a path that leads to no file.
void require_never_marked(const std::filesystem::path& database);

/// Gives the file a new mark. The caller holds SideLock::Part::daemon and the file's lock. Throws
/// SQLite::Exception, std::runtime_error; the former mark holds then.
void mark_anew(Connection& connection, DatabaseFile& file, SideLock& side_lock, const RandomSource& random,
               Checkpoints checkpoints);

}  // namespace gateway::storage
