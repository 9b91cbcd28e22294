#include "storage/prepared_database.hpp"

#include "storage/values/private_file.hpp"

namespace gateway::storage {

namespace {

SideLock take(const std::filesystem::path& database) {
    make_folder_of(database);
    return SideLock(std::filesystem::absolute(database));
}

std::vector<MigrationStatus> migrate(SideLock& lock, const std::filesystem::path& database,
                                     const Clock& clock) {
    if (!lock.try_lock(SideLock::Part::daemon)) {
        throw DatabaseRefused(std::filesystem::absolute(database).string() +
                              ": another session-gateway serves or migrates it; stop that one first");
    }
    return Migrator(database, clock).migrate();
}

}  // namespace

PreparedDatabase::PreparedDatabase(const std::filesystem::path& database,
                                   const std::filesystem::path& key_file, const RandomSource& random,
                                   const Clock& clock)
    : lock_(take(database)),
      applied_(migrate(lock_, database, clock)),
      connection_({.path = database}),
      secrets_(connection_, key_file, random, clock) {}

}  // namespace gateway::storage
