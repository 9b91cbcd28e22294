#include "server/text/quote.hpp"

#include "server/text/plain_text.hpp"

#include <boost/algorithm/hex.hpp>

namespace gateway {

namespace {

constexpr std::size_t longest_quote = 64;

}  // namespace

std::string escaped(const char byte) {
    return "\\x" + boost::algorithm::hex_lower(std::string(1, byte));
}

std::string printable(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const Character character = first_character(text);
        if (character.kind == CharacterKind::plain) {
            out += character.bytes;
        } else {
            for (const char byte : character.bytes)
                out += escaped(byte);
        }
        text.remove_prefix(character.bytes.size());
    }
    return out;
}

std::string quote(const std::string_view input) {
    auto rest = input;
    for (std::size_t characters = 0; characters < longest_quote && !rest.empty(); ++characters)
        rest.remove_prefix(first_character(rest).bytes.size());
    const auto shown = input.substr(0, input.size() - rest.size());
    return '"' + printable(shown) + (rest.empty() ? "\"" : "…\"");
}

}  // namespace gateway
