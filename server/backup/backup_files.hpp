// The backups that were made on schedule, as they lie in their folder.
#pragma once

#include "storage/values/timestamp.hpp"

#include <filesystem>
#include <string_view>
#include <vector>

namespace gateway::backup {

struct BackupEntry {
    std::filesystem::path path;
    Timestamp made_at;
};

/// `<database's name>.backup-20261128T145033Z`, in the folder.
std::filesystem::path path_of_backup(const std::filesystem::path& folder,
                                     const std::filesystem::path& database, Timestamp time);

/// Those of this database, the oldest first; files of any other name are passed over. None where there is no
/// such folder. Throws std::filesystem::filesystem_error.
std::vector<BackupEntry> find_backups(const std::filesystem::path& folder,
                                      const std::filesystem::path& database);

/// What those that were stopped half-way have left behind.
std::vector<std::filesystem::path> find_leavings(const std::filesystem::path& folder,
                                                 const std::filesystem::path& database);

}  // namespace gateway::backup
