// Plain text: UTF-8 without control characters, the kind that is safe to store and to show.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace gateway {

enum class CharacterKind {
    plain,
    control,    ///< U+0000 to U+001F, U+007F to U+009F
    malformed,  ///< a byte that begins no UTF-8 character
};

struct Character {
    std::string_view bytes;  ///< one to four; a malformed byte stands alone
    CharacterKind kind;
    char32_t point;  ///< U+FFFD where it is malformed
};

/// What some editors put before a text.
inline constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// Whether it is one of ASCII's: U+0000 to U+001F, U+007F.
constexpr bool is_control(const char character) noexcept {
    return (character >= 0 && character < ' ') || character == '\x7F';
}

/// The character at the front of `text`, which is not empty.
Character first_character(std::string_view text) noexcept;

/// Why `text` is not plain text of `least` to `most` characters, e.g. "found 101 characters, expected 1 to
/// 100"; nothing where it is. Never repeats the text.
std::optional<std::string> fault_in_plain_text(std::string_view text, std::size_t least, std::size_t most);

}  // namespace gateway
