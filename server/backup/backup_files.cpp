#include "server/backup/backup_files.hpp"

#include "storage/backup.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <string>

namespace gateway::backup {

namespace {

namespace fs = std::filesystem;

std::string beginning_of(const fs::path& database) {
    return database.filename().string() + ".backup-";
}

/// Calls `found(path, time)` for every file that is called as a backup is, with `ending` behind that.
void for_each_backup(const fs::path& folder, const fs::path& database, const std::string_view ending,
                     const std::function<void(const fs::path&, Timestamp)>& found) {
    if (!fs::exists(folder)) return;
    const auto beginning = beginning_of(database);
    for (const auto& entry : fs::directory_iterator(folder)) {
        const auto name = entry.path().filename().string();
        if (!name.starts_with(beginning) || !name.ends_with(ending)) continue;
        const auto rest = std::string_view(name).substr(beginning.size());
        const auto time = storage::parse_time_in_name(rest.substr(0, rest.size() - ending.size()));
        if (time) found(entry.path(), *time);
    }
}

}  // namespace

fs::path path_of_backup(const fs::path& folder, const fs::path& database, const Timestamp time) {
    return folder / (beginning_of(database) + storage::time_in_name(time));
}

std::vector<BackupEntry> find_backups(const fs::path& folder, const fs::path& database) {
    std::vector<BackupEntry> backups;
    for_each_backup(folder, database, "", [&](const fs::path& path, const Timestamp time) {
        backups.push_back({path, time});
    });
    std::ranges::sort(backups, {}, &BackupEntry::made_at);
    return backups;
}

std::vector<fs::path> find_leavings(const fs::path& folder, const fs::path& database) {
    std::vector<fs::path> leavings;
    for_each_backup(folder, database, ".partial",
                    [&](const fs::path& path, Timestamp) { leavings.push_back(path); });
    return leavings;
}

}  // namespace gateway::backup
