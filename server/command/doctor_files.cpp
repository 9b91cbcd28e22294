#include "server/backup/backup_files.hpp"
#include "server/command/doctor_checks.hpp"
#include "server/command/rules.hpp"
#include "storage/secrets/secrets.hpp"
#include "storage/tables/sealing_key.hpp"
#include "storage/values/private_file.hpp"
#include "storage/values/quantity.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <sys/vfs.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace gateway::command {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t mebibyte = 1U << 20U;

fs::path folder_of(const fs::path& file) {
    return fs::absolute(file).parent_path();
}

bool is_writable(const fs::path& path) {
    return ::access(path.c_str(), R_OK | W_OK) == 0;
}

/// File systems that are not this machine's alone, or need not be, by the number that statfs(2) gives.
constexpr std::array shared_file_systems{
    std::pair{0x6969L, "NFS"},      std::pair{0x517BL, "SMB"},      std::pair{0xFF534D42L, "CIFS"},
    std::pair{0xFE534D42L, "SMB"},  std::pair{0x65735546L, "FUSE"}, std::pair{0x01021997L, "9P"},
    std::pair{0x00C36400L, "Ceph"}, std::pair{0x5346414FL, "AFS"},  std::pair{0x0BD00BD0L, "Lustre"},
    std::pair{0x01161970L, "GFS2"}, std::pair{0x7461636FL, "OCFS2"}};

std::int64_t count_shut(storage::Snapshot& snapshot, const storage::SealingKey& key) {
    std::int64_t shut = 0;
    for (const auto& column : storage::sealed_columns()) {
        for (const auto& value : storage::sealed_values(snapshot, column, 0))
            shut += key.open(value.bytes, value.row_id) ? 0 : 1;
    }
    return shut;
}

}  // namespace

Diagnoses check_permissions(const Settings& settings) {
    Diagnoses diagnoses;
    for (const auto& [name, file] :
         {std::pair{"database file", settings.database.path}, {"key file", settings.secrets.key_file}}) {
        std::error_code error;
        const auto folder = folder_of(file);
        if (!fs::exists(file, error)) continue;  // told of where it is opened
        for (const auto& exposure : storage::exposures_of(file))
            diagnoses.push_back({name, Verdict::warning, exposure});
        for (const auto& path : {file, folder}) {
            if (is_writable(path)) continue;
            diagnoses.push_back({name, Verdict::error,
                                 path.string() + " cannot be written by this user (" +
                                     std::to_string(::geteuid()) +
                                     "): run this as the daemon's user, or chown it"});
        }
    }
    if (diagnoses.empty())
        diagnoses.push_back({"permissions", Verdict::ok, "database and key file are this user's alone"});
    return diagnoses;
}

Diagnosis check_space(const Settings& settings) {
    constexpr std::string_view check = "disk space";
    constexpr std::uint64_t least = 64 * mebibyte;
    const auto folder = folder_of(settings.database.path);
    std::error_code error;
    const auto available = fs::space(folder, error).available;
    if (error) return {check, Verdict::error, folder.string() + " cannot be looked at: " + error.message()};
    const auto found = free_in_mebibytes(available) + " are free in " + folder.string();
    if (available < least)
        return {check, Verdict::error, found + ": make room; writes are answered 503 when the disk is full"};
    const auto size = fs::file_size(settings.database.path, error);
    if (!error && available < size)
        return {check, Verdict::warning,
                found + ", less than the database takes: make room for a backup, a compaction, the log"};
    return {check, Verdict::ok, found};
}

Diagnosis check_file_system(const Settings& settings) {
    constexpr std::string_view check = "file system";
    const auto folder = folder_of(settings.database.path);

    struct statfs found {};

    if (::statfs(folder.c_str(), &found) != 0)
        return {check, Verdict::error,
                folder.string() + " cannot be looked at: " + std::generic_category().message(errno)};
    const auto shared = std::ranges::find(shared_file_systems, static_cast<long>(found.f_type),
                                          &std::pair<long, const char*>::first);
    if (shared == shared_file_systems.end())
        return {check, Verdict::ok, folder.string() + " is on a local disk"};
    return {check, Verdict::warning,
            folder.string() + " is on " + shared->second +
                ": SQLite's log needs locks and shared memory as local disks have them; move it to one"};
}

Diagnosis check_key(const Settings& settings, storage::CommandDatabase& database) {
    constexpr std::string_view check = "key";
    try {
        storage::Keyring keyring(settings.secrets.key_file);
        return database.read([&](storage::Snapshot& snapshot) -> Diagnosis {
            const auto key = storage::key_in_use(snapshot, keyring);
            const auto shut = count_shut(snapshot, *key);
            if (shut == 0)
                return {check, Verdict::ok, "the key file holds " + key->id() + ", which opens the secrets"};
            return {check, Verdict::warning,
                    std::to_string(shut) + " secrets do not open with " + key->id() +
                        ": set them again; `SELECT * FROM shut_secrets` lists them after the next start"};
        });
    } catch (const std::exception& failure) {
        return {check, Verdict::error, failure.what()};
    }
}

Diagnosis check_backups(const Settings& settings, const storage::CommandDatabase& database) {
    constexpr std::string_view check = "backups";
    const auto folder = backup_folder(settings);
    const auto every = settings.backup.every;
    if (every.count() == 0)
        return {check, Verdict::ok,
                "the daemon makes none (backup.every); `session-gateway backup create` does"};
    try {
        const auto backups = backup::find_backups(folder, database.path());
        if (backups.empty())
            return {check, Verdict::warning,
                    "there is none in " + folder.string() + " yet: look into the log"};
        const auto& newest = backups.back();
        const auto found = newest.path.string() + " is the newest";
        const bool is_late = system_now() - newest.made_at > 2 * every;
        if (!is_late) return {check, Verdict::ok, found};
        return {check, Verdict::warning, found + ", older than two times backup.every: look into the log"};
    } catch (const std::exception& failure) {
        return {check, Verdict::error, failure.what()};
    }
}

}  // namespace gateway::command
