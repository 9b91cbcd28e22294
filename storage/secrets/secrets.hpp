// Small secrets in the database, sealed with the key that the database names and the key file holds.
#pragma once

#include "storage/engine/transaction.hpp"
#include "storage/secrets/keyring.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::storage {

/// Seals and opens. Any thread but an I/O thread: the key file may be read.
class Secrets {
  public:
    /// Reads the key file. Throws KeyFileError.
    Secrets(const std::filesystem::path& key_file, RandomSource random);

    /// `context` is the id of the row the sealed value is kept in; it opens in that row only. Throws
    /// KeyFileError where the file does not hold the key that the database names.
    std::vector<std::uint8_t> seal(Snapshot& snapshot, std::string_view plaintext, std::string_view context);

    /// Nothing where the value does not open: what needs it cannot be done until it is set again. Throws as
    /// seal().
    std::optional<std::string> open(Snapshot& snapshot, Blob sealed, std::string_view context);

  private:
    RandomSource random_;
    Keyring keyring_;
};

/// The key that the database names. Throws KeyFileError where the file does not hold it, and
/// std::runtime_error where the database names none.
SealingKeyPtr key_in_use(Snapshot& snapshot, Keyring& keyring);

/// What precedes any Secrets: where the database names no key yet, it names the first of the key file from
/// now on, which is made where it is not there; then every sealed value is tried. Gives how many do not open.
/// The caller holds every daemon away. Throws KeyFileError when the key that the database names is not
/// to be had.
std::int64_t prepare_secrets(Transaction& transaction, const std::filesystem::path& key_file,
                             const RandomSource& random);

/// Tries every sealed value and notes in it whether it opens (see note_opening()). Gives how many do not.
std::int64_t try_sealed_values(Transaction& transaction, const SealingKey& key);

}  // namespace gateway::storage
