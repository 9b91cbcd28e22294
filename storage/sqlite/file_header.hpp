// What an SQLite file says of itself in its first bytes.
#pragma once

#include <cstdint>
#include <optional>

namespace gateway::storage {

/// Read past SQLite: what stands in the file, whatever its log holds.
struct FileHeader {
    std::uint32_t schema_version = 0;  ///< one more with each change of the schema
    std::uint32_t application_id = 0;
    bool keeps_log = false;  ///< in WAL mode
};

/// Nothing where the file is no database.
std::optional<FileHeader> read_header(int descriptor);

}  // namespace gateway::storage
