// The key file: where the sealing keys live, apart from the database.
//
//     # Sealing keys of session-gateway. …
//     key_9f86d081884c7d65 3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
//
// Lines that start with `#` and empty ones are comments; every other line is a key's id and its 32 bytes in
// base64url. There is one key, or two while a rotation runs: first the file holds the old and the new one,
// then the database is re-sealed and names the new one in one transaction, then the file holds the new one
// alone. Wherever that stops, the file holds the key that the database names.
#pragma once

#include "storage/secrets/sealing.hpp"

#include <filesystem>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace gateway::storage {

/// What is wrong with a key file and, where that is not plain, what to do: one line with its path, never a
/// key.
class KeyFileError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

using SealingKeyPtr = std::shared_ptr<const SealingKey>;

/// The keys of one key file. Called from any thread but an I/O thread: it may read the file.
class Keyring {
  public:
    /// Reads the file. Throws KeyFileError where it is missing, unreadable, not a plain file, open to others
    /// than its owner and the group of this process, malformed, or holds no key.
    explicit Keyring(std::filesystem::path path);

    /// Makes the file, mode 0600, with one new key, on disk when this returns. Throws KeyFileError where it
    /// cannot, or where there is a file already, which stays as it is. Stopped half-way it leaves no key file
    /// behind.
    static Keyring create(const std::filesystem::path& path, const RandomSource& random);

    /// The key of that id; null where the file does not hold it. Looks into the file again before it gives
    /// up, as another process may have rotated the keys, and throws KeyFileError where it cannot.
    SealingKeyPtr find(std::string_view key_id);

    /// As find(), but where the file does not hold the key it throws a KeyFileError that says so.
    SealingKeyPtr get(std::string_view key_id);

    /// All keys, in the order of the file; at least one.
    [[nodiscard]] std::vector<SealingKeyPtr> keys() const;

    /// Makes the file hold exactly `keys` (at least one), in one step: it holds the former ones or these at
    /// any moment, and these on disk when this returns. Its owner and permissions stay. One process at a time
    /// may do this: the caller holds a lock. Throws KeyFileError; the file then holds the former keys, or
    /// these where only the last step, forcing the folder to disk, failed.
    void replace(std::vector<SealingKeyPtr> keys);

  private:
    [[nodiscard]] SealingKeyPtr remembered(std::string_view key_id) const;

    const std::filesystem::path path_;
    mutable std::mutex mutex_;
    std::vector<SealingKeyPtr> keys_;  // under mutex_
};

}  // namespace gateway::storage
