#include "server/text/quote.hpp"

#include "server/text/plain_text.hpp"

namespace gateway {

namespace {

constexpr std::size_t longest_quote = 64;

void append_escaped(std::string& out, const unsigned char byte) {
    constexpr std::string_view digits = "0123456789abcdef";
    out += "\\x";
    out += digits[byte >> 4U];
    out += digits[byte & 0x0FU];
}

}  // namespace

std::string quote(std::string_view input) {
    std::string out = "\"";
    for (std::size_t characters = 0; !input.empty(); ++characters) {
        if (characters == longest_quote) {
            out += "…";
            break;
        }
        const Character character = first_character(input);
        if (character.kind == CharacterKind::plain) {
            out += character.bytes;
        } else {
            for (const char byte : character.bytes)
                append_escaped(out, static_cast<unsigned char>(byte));
        }
        input.remove_prefix(character.bytes.size());
    }
    return out += '"';
}

}  // namespace gateway
