// Replacing the sealing key.
#pragma once

#include "storage/command_database.hpp"
#include "storage/values/type_id.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

namespace gateway::storage {

struct KeyRotation {
    std::string key_id;         ///< of the new key
    std::int64_t resealed = 0;  ///< secrets that are under it now
};

/// Re-seals every secret under a new key, in one transaction; other writers wait for it. Where this stops
/// half-way, whatever the reason, the key file still holds the key that the database names: first the file
/// gets the new key beside the old one, then the database changes, then the old key leaves the file. A
/// running daemon sees the new key by itself. Throws KeyFileError, SealBroken, Unavailable,
/// SQLite::Exception; all is as before then.
KeyRotation rotate_sealing_key(CommandDatabase& database, const std::filesystem::path& key_file,
                               const RandomSource& random);

}  // namespace gateway::storage
