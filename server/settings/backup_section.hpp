// The section [backup].
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>

namespace gateway {

struct BackupSettings {
    /// Where the daemon puts backups; empty: the folder of the database.
    std::filesystem::path folder;
    /// Time between two scheduled backups; 0: none are made.
    std::chrono::milliseconds every{0};
    /// Scheduled backups that stay, the newest ones.
    std::size_t keep = 7;
    /// Bytes of the write-ahead log, 1 GiB, at which a backup is given up: the log grows while one is made.
    std::uint64_t max_wal = 1'073'741'824;
    /// Whether a backup precedes the migrations of a database that is there.
    bool before_migration = true;

    friend bool operator==(const BackupSettings&, const BackupSettings&) = default;
};

}  // namespace gateway
