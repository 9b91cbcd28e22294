#include "storage/prepared_database.hpp"

namespace gateway::storage {

namespace {

std::vector<MigrationStatus> migrate(DatabaseFile& file, SideLock& side_lock, const Clock& clock) {
    const auto& path = file.path();
    if (!side_lock.try_lock(SideLock::Part::daemon)) {
        throw DatabaseRefused(path.string() +
                              ": another session-gateway serves or migrates it; stop that one first");
    }
    if (!file.try_lock()) {
        throw DatabaseRefused(path.string() +
                              ": another session-gateway serves or migrates this file under another name; "
                              "stop that one, and remove the hard link or mount that gives the file a second "
                              "name: each name has a log of its own, and the file breaks");
    }
    return Migrator(path, clock).migrate();
}

}  // namespace

PreparedDatabase::PreparedDatabase(const std::filesystem::path& database,
                                   const std::filesystem::path& key_file, const RandomSource& random,
                                   const Clock& clock)
    : file_(DatabaseFile::made(database)),
      side_lock_(file_.path()),
      applied_(migrate(file_, side_lock_, clock)),
      connection_({.path = file_.path()}),
      secrets_(connection_, key_file, random, clock) {}

}  // namespace gateway::storage
