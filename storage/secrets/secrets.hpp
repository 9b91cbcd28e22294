// Small secrets in the database, sealed with the key that the database names and the key file holds.
#pragma once

#include "storage/engine/transaction.hpp"
#include "storage/secrets/keyring.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::storage {

/// Seals and opens. Any thread but an I/O thread: the key file may be read.
class Secrets {
  public:
    /// Reads the key file, or makes it where the database names no key yet, and has the database name its key
    /// then. Throws KeyFileError, which names both files, when the key that the database names is not to be
    /// had.
    Secrets(Session& session, const std::filesystem::path& key_file, RandomSource random, const Clock& clock);

    /// As above, for a database that names a key already: nothing is made or written.
    Secrets(const std::filesystem::path& key_file, RandomSource random);

    /// `context` is the id of the row the sealed value is kept in; it opens in that row only.
    std::vector<std::uint8_t> seal(Snapshot& snapshot, std::string_view plaintext, std::string_view context);

    /// Throws SealBroken.
    std::string open(Snapshot& snapshot, Blob sealed, std::string_view context);

  private:
    SealingKeyPtr key_in_use(Snapshot& snapshot);

    RandomSource random_;
    Keyring keyring_;
};

}  // namespace gateway::storage
