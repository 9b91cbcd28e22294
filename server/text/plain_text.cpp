#include "server/text/plain_text.hpp"

#include <boost/locale/utf.hpp>

namespace gateway {

Character first_character(const std::string_view text) noexcept {
    namespace utf = boost::locale::utf;
    const char* end = text.data();
    const auto point = utf::utf_traits<char>::decode(end, text.data() + text.size());
    if (point == utf::illegal || point == utf::incomplete)
        return {text.substr(0, 1), CharacterKind::malformed, U'\ufffd'};
    const auto bytes = text.substr(0, static_cast<std::size_t>(end - text.data()));
    const bool plain = point >= 0xA0 || (point >= 0x20 && point < 0x7F);
    return {bytes, plain ? CharacterKind::plain : CharacterKind::control, point};
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
