// Replacing the sealing key.
#pragma once

#include "storage/command_database.hpp"
#include "storage/values/type_id.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace gateway::storage {

struct KeyRotation {
    std::string key_id;             ///< of the new key
    std::int64_t resealed = 0;      ///< secrets that are under it now
    std::vector<std::string> shut;  ///< ids of the rows whose secret did not open; it stays as it is
};

/// Re-seals every secret under a new key, in one transaction; other writers wait for it. Where this stops
/// half-way, whatever the reason, the key file still holds the key that the database names: first the file
/// gets the new key beside the old one, then the database changes, then the old key leaves the file. A
/// running daemon sees the new key by itself. Throws KeyFileError, Unavailable, SQLite::Exception; all is as
/// before then.
KeyRotation rotate_sealing_key(CommandDatabase& database, const std::filesystem::path& key_file,
                               const RandomSource& random);

struct KeyReset {
    std::string key_id;     ///< of the new key
    std::int64_t shut = 0;  ///< secrets that do not open any more
};

/// For a database whose key is lost: makes a key file, where there is none, with a new key, and has the
/// database name that. What does not open is marked so and has to be set again. The caller keeps
/// every daemon away. Throws as rotate_sealing_key(), also where there is a key file; the database is as
/// before then.
KeyReset reset_sealing_key(CommandDatabase& database, const std::filesystem::path& key_file,
                           const RandomSource& random);

}  // namespace gateway::storage
