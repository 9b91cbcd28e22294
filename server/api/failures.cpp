#include "server/api/failures.hpp"

#include "server/plain_text.hpp"

namespace gateway::api {

ApiError missing_api_token() {
    return {ErrorCode::missing_api_token,
            "The API token is missing: send it as `Authorization: Bearer <token>`."};
}

ApiError invalid_api_token() {
    return {ErrorCode::invalid_api_token, "The API token is unknown, expired or revoked."};
}

ApiError app_not_found() {
    return {ErrorCode::app_not_found, "The application was not found."};
}

ApiError session_disabled() {
    return {ErrorCode::session_disabled, "Session management is disabled for this application."};
}

ApiError webhook_not_found() {
    return {ErrorCode::webhook_not_found, "The webhook was not found."};
}

namespace {

constexpr std::size_t longest_quote = 64;

void append_escaped(std::string& out, const unsigned char byte) {
    constexpr std::string_view digits = "0123456789abcdef";
    out += "\\x";
    out += digits[byte >> 4U];
    out += digits[byte & 0x0FU];
}

}  // namespace

std::string quoted(std::string_view input) {
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

}  // namespace gateway::api
