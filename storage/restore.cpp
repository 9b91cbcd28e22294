#include "storage/backup.hpp"
#include "storage/secrets/keyring.hpp"
#include "storage/sqlite/database_file.hpp"
#include "storage/sqlite/file_mark.hpp"
#include "storage/sqlite/side_lock.hpp"
#include "storage/values/partial_file.hpp"
#include "storage/values/private_file.hpp"

#include <cerrno>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace gateway::storage {

namespace {

namespace fs = std::filesystem;

fs::path beside(const fs::path& database, const char* const suffix) {
    return database.string() + suffix;
}

bool is_there(const fs::path& path) {
    std::error_code error;
    return fs::exists(path, error);
}

/// Where the database is to be: behind symbolic links, in a folder that is made if need be.
fs::path place_of(const fs::path& database) {
    make_folder_of(database);
    return fs::weakly_canonical(fs::absolute(database));
}

/// Keeps daemons and subcommands away from the database for as long as this lives.
class AloneWith {
  public:
    explicit AloneWith(const fs::path& database) : side_lock_(database) {
        constexpr std::chrono::seconds pen_timeout{10};
        if (is_there(database)) file_.emplace(database);
        const bool alone = side_lock_.try_lock(SideLock::Part::daemon) && (!file_ || file_->try_lock());
        if (!alone)
            throw BackupRefused(database.string() + ": a session-gateway serves it; stop that one first");
        if (!side_lock_.lock(SideLock::Part::writer_turn, pen_timeout))
            throw BackupRefused(database.string() + ": another subcommand has been writing to it for long");
    }

    /// The former database; nothing where it is gone.
    [[nodiscard]] const std::optional<DatabaseFile>& file() const noexcept { return file_; }

  private:
    SideLock side_lock_;
    std::optional<DatabaseFile> file_;
};

void require_key(const BackupContents& contents, const fs::path& backup, const fs::path& key_file) {
    if (!contents.key_id || Keyring(key_file).find(*contents.key_id)) return;
    throw BackupRefused(backup.string() + ": its secrets are sealed with the key " + *contents.key_id +
                        ", which the key file " + key_file.string() +
                        " does not hold; put the key file back that was kept with this backup");
}

/// As the former file had them; where that is gone, root leaves it to the folder's owner.
void keep_owner(const fs::path& database, const fs::path& copy) {
    constexpr mode_t permissions = 0777;
    constexpr mode_t owner_alone = 0600;

    struct stat former {};

    const bool is_gone = ::stat(database.c_str(), &former) != 0;
    if (is_gone && ::stat(database.parent_path().c_str(), &former) != 0)
        throw BackupRefused(database.string() + ": its folder cannot be examined");
    const bool kept = (::geteuid() != 0 || ::chown(copy.c_str(), former.st_uid, former.st_gid) == 0) &&
                      ::chmod(copy.c_str(), is_gone ? owner_alone : former.st_mode & permissions) == 0;
    if (!kept)
        throw BackupRefused(copy.string() + ": owner and permissions cannot be set: " +
                            std::generic_category().message(errno));
}

/// Has the former database in one file, if it can still be read; else it is kept with its log.
void take_log_in(const DatabaseFile& file) {
    try {
        require_same_database(file);
        Connection({.path = file.path()}).execute("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch (const std::exception&) {
        return;
    }
}

/// A second name for a file; nothing happens where there is none.
void link_if_there(const fs::path& file, const fs::path& name) {
    if (::link(file.c_str(), name.c_str()) == 0 || errno == ENOENT) return;
    throw BackupRefused(file.string() + ": it cannot be kept as " + name.string() + ": " +
                        std::generic_category().message(errno));
}

/// Puts the copy in the place of the database, which is known as `kept` then. At any moment the name of the
/// database stands for one or the other.
void replace(const fs::path& database, const fs::path& kept, PartialFile& copy) {
    try {
        link_if_there(database, kept);
        link_if_there(beside(database, "-wal"), beside(kept, "-wal"));
        copy.publish();
    } catch (...) {
        ::unlink(kept.c_str());
        ::unlink(beside(kept, "-wal").c_str());
        throw;
    }
    ::unlink(beside(database, "-wal").c_str());
    ::unlink(beside(database, "-shm").c_str());
    sync_folder_of(database);
}

/// What the next start does as well, should this not succeed.
void mark(const fs::path& database, const RandomSource& random) {
    try {
        DatabaseFile file(database);
        SideLock side_lock(database);  // made anew: root leaves it to the owner of what is there now
        if (!file.try_lock()) return;
        Connection connection({.path = database});
        mark_anew(connection, file, side_lock, random, Checkpoints::automatic);
    } catch (const std::exception&) {
        return;
    }
}

}  // namespace

Restored restore_backup(const fs::path& backup, const RestoreOptions& options) {
    const auto database = place_of(options.database);
    std::error_code error;
    if (fs::equivalent(backup, database, error))
        throw BackupRefused(backup.string() + ": it is the database itself");
    const AloneWith alone(database);
    Restored restored{.contents = verify_backup(backup), .kept = {}};
    require_key(restored.contents, backup, options.key_file);

    fs::remove(PartialFile::path_of(database));  // of a restoring that was killed
    PartialFile copy(database);
    fs::copy_file(backup, copy.path(), fs::copy_options::overwrite_existing);
    keep_owner(database, copy.path());

    const auto kept = beside(database, (".before-restore-" + time_in_name(options.clock())).c_str());
    if (alone.file()) {
        take_log_in(*alone.file());
        restored.kept = kept;
    }
    replace(database, kept, copy);
    mark(database, options.random);
    return restored;
}

}  // namespace gateway::storage
