#include "server/api/failures.hpp"

#include <array>

namespace gateway::api {

ApiError missing_api_token() {
    return {ErrorCode::missing_api_token, "The API token is missing: send it as `Authorization: Bearer <token>`."};
}

ApiError invalid_api_token() {
    return {ErrorCode::invalid_api_token, "The API token is unknown, expired or revoked."};
}

ApiError app_not_found() { return {ErrorCode::app_not_found, "The application was not found."}; }

ApiError session_disabled() {
    return {ErrorCode::session_disabled, "Session management is disabled for this application."};
}

ApiError webhook_not_found() { return {ErrorCode::webhook_not_found, "The webhook was not found."}; }

namespace {

constexpr std::size_t longest_quote = 64;

/// How many bytes the UTF-8 character at the front of `text` has; 0 where there is none.
std::size_t utf8_length(const std::string_view text) {
    const auto byte = [text](const std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    const std::size_t length = first < 0x80 ? 1 : first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
    if (length == 0 || text.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0U) != 0x80) return 0;
    }
    if (length < 3) return length;
    const unsigned char second = byte(1);
    const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
    const bool surrogate = first == 0xED && second >= 0xA0;
    const bool beyond = first == 0xF4 && second >= 0x90;
    return overlong || surrogate || beyond ? 0 : length;
}

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
        const auto first = static_cast<unsigned char>(input.front());
        const std::size_t length = utf8_length(input);
        if (length == 0 || first < 0x20 || first == 0x7F) {
            append_escaped(out, first);
            input.remove_prefix(1);
        } else {
            out += input.substr(0, length);
            input.remove_prefix(length);
        }
    }
    return out += '"';
}

}  // namespace gateway::api
