#include "server/settings/backup_section.hpp"

#include "server/settings/row.hpp"
#include "server/settings/settings.hpp"

namespace gateway::setting {

std::vector<Setting> backup_rows() {
    return {
        row<&Settings::backup, &BackupSettings::folder>(
            "backup.folder", Path{Path::Empty::means_none},
            "where the daemon puts backups; empty: the folder of the database",
            "Better another disk than the database's. It is made if need be."),
        row<&Settings::backup, &BackupSettings::every>(
            "backup.every", Duration{0ms, 24h * 365},
            "time between two backups by the daemon; 0: it makes none",
            "One that was due while the daemon was down is made soon after its start."),
        row<&Settings::backup, &BackupSettings::keep>("backup.keep", Count{1, 10'000},
                                                      "scheduled backups that are kept; the oldest go",
                                                      "No other file is ever removed."),
        row<&Settings::backup, &BackupSettings::max_wal>(
            "backup.max_wal", Size{mib, 64 * 1024 * gib},
            "size of the write-ahead log at which a backup is given up",
            "The log cannot start over while a backup is made, so that it grows with all that is written "
            "meanwhile."),
        row<&Settings::backup, &BackupSettings::before_migration>(
            "backup.before_migration", Boolean{},
            "whether a newer version makes a backup before it changes the database",
            "Such backups are never removed."),
    };
}

}  // namespace gateway::setting
