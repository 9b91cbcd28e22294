#include "server/text/plain_text.hpp"

#include <algorithm>

namespace gateway {

namespace {

unsigned char byte_at(const std::string_view text, const std::size_t index) {
    return static_cast<unsigned char>(text[index]);
}

/// The length that the first byte of a character announces; 0 where no character begins with it.
std::size_t announced_length(const unsigned char first) {
    if (first < 0x80) return 1;
    if (first < 0xC2) return 0;
    if (first < 0xE0) return 2;
    if (first < 0xF0) return 3;
    return first < 0xF5 ? 4 : 0;
}

/// Whether the second byte keeps the first from spelling an overlong form, a surrogate or a number past
/// U+10FFFF.
bool may_follow(const unsigned char first, const unsigned char second) {
    switch (first) {
        case 0xE0:
            return second >= 0xA0;
        case 0xED:
            return second < 0xA0;
        case 0xF0:
            return second >= 0x90;
        case 0xF4:
            return second < 0x90;
        default:
            return true;
    }
}

/// 0 where `text` does not begin with a character.
std::size_t length_of_first(const std::string_view text) {
    const std::size_t length = announced_length(byte_at(text, 0));
    if (length < 2) return length;
    if (text.size() < length || !may_follow(byte_at(text, 0), byte_at(text, 1))) return 0;
    const auto continues = [](const char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80; };
    return std::ranges::all_of(text.substr(1, length - 1), continues) ? length : 0;
}

bool is_control(const std::string_view character) {
    const unsigned char first = byte_at(character, 0);
    if (character.size() == 1) return first < 0x20 || first == 0x7F;
    return character.size() == 2 && first == 0xC2 && byte_at(character, 1) < 0xA0;
}

}  // namespace

Character first_character(const std::string_view text) noexcept {
    const std::size_t length = length_of_first(text);
    if (length == 0) return {text.substr(0, 1), CharacterKind::malformed};
    const auto bytes = text.substr(0, length);
    return {bytes, is_control(bytes) ? CharacterKind::control : CharacterKind::plain};
}

std::optional<std::string> fault_in_plain_text(const std::string_view text, const std::size_t least,
                                               const std::size_t most) {
    std::size_t count = 0;
    for (auto rest = text; !rest.empty(); ++count) {
        const auto character = first_character(rest);
        if (character.kind == CharacterKind::malformed)
            return "found bytes that are not UTF-8, expected text";
        if (character.kind == CharacterKind::control) return "found a control character, expected none";
        rest.remove_prefix(character.bytes.size());
    }
    if (count >= least && count <= most) return std::nullopt;
    return "found " + std::to_string(count) + " characters, expected " + std::to_string(least) + " to " +
           std::to_string(most);
}

}  // namespace gateway
