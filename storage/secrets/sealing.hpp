// Small secrets at rest: sealed with AES-256-GCM under a key that the database never sees.
#pragma once

#include "storage/values/type_id.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::storage {

/// One key. Seals and opens from any thread; its bytes are wiped when it goes.
///
/// A sealed value is one byte, 1 (or 0: it did not open when it was last tried), 12 random bytes of nonce,
/// the ciphertext (as long as the plaintext) and 16 bytes of authentication tag.
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

    /// The plaintext of what seal() gave; nothing where it does not open, for whatever reason: it was
    /// altered, it stands where it was not written, or it was sealed under another key.
    [[nodiscard]] std::optional<std::string> open(std::span<const std::uint8_t> sealed,
                                                  std::string_view context) const;

  private:
    std::array<std::uint8_t, size> bytes_;
    std::string id_;
};

/// Notes in a sealed value whether it opens, so that whoever looks at the database sees which do not; it is
/// as good as before otherwise. False, and nothing changed, where that stands there already or the bytes are
/// no sealed value.
bool note_opening(std::span<std::uint8_t> sealed, bool opens) noexcept;

}  // namespace gateway::storage
