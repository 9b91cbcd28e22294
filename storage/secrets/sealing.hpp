// Small secrets at rest: sealed with AES-256-GCM under a key that the database never sees.
#pragma once

#include "storage/values/type_id.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::storage {

/// A sealed value that does not open, for whatever reason: it was altered, it stands where it was not
/// written, or it was sealed under another key. The message holds nothing of the value.
class SealBroken : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// One key. Seals and opens from any thread; its bytes are wiped when it goes.
///
/// A sealed value is one byte of format version (1), 12 random bytes of nonce, the ciphertext (as long as the
/// plaintext) and 16 bytes of authentication tag.
class SealingKey {
  public:
    static constexpr std::size_t size = 32;
    static constexpr std::size_t longest_plaintext = 65536;

    explicit SealingKey(std::span<const std::uint8_t, size> bytes);
    SealingKey(const SealingKey&) = default;
    SealingKey& operator=(const SealingKey&) = default;
    ~SealingKey();

    /// A new one. Throws what the random source throws.
    static SealingKey generate(const RandomSource& random);

    /// "key_" and 16 hexadecimal digits that follow from the key, so that a wrong key is recognised by its
    /// id; they tell nothing of the key.
    [[nodiscard]] const std::string& id() const noexcept { return id_; }

    /// The key itself: for the key file, and nothing else.
    [[nodiscard]] std::span<const std::uint8_t, size> bytes() const noexcept { return bytes_; }

    /// Seals at most `longest_plaintext` bytes. What was sealed with a `context` (the id of the row it is
    /// stored in) opens with the same context only. Throws std::length_error, std::runtime_error where
    /// OpenSSL fails, and what the random source throws.
    [[nodiscard]] std::vector<std::uint8_t> seal(std::string_view plaintext, std::string_view context,
                                                 const RandomSource& random) const;

    /// The plaintext of what seal() gave. Throws SealBroken.
    [[nodiscard]] std::string open(std::span<const std::uint8_t> sealed, std::string_view context) const;

  private:
    std::array<std::uint8_t, size> bytes_;
    std::string id_;
};

}  // namespace gateway::storage
