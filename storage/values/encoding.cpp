#include "storage/values/encoding.hpp"

#include <boost/algorithm/hex.hpp>

#include <algorithm>
#include <cstddef>

namespace gateway {

namespace {

constexpr std::string_view base64url_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

}  // namespace

std::string hex_encode(const std::span<const std::uint8_t> bytes) {
    std::string text(bytes.size() * 2, '0');
    boost::algorithm::hex_lower(bytes.begin(), bytes.end(), text.begin());
    return text;
}

std::string base64url_encode(const std::span<const std::uint8_t> bytes) {
    std::string text;
    text.reserve((bytes.size() * 4 + 2) / 3);
    std::uint32_t pending = 0;  // its lowest `bits` bits are not written yet
    int bits = 0;
    for (const std::uint8_t byte : bytes) {
        pending = pending << 8 | byte;
        for (bits += 8; bits >= 6; bits -= 6)
            text += base64url_digits[pending >> (bits - 6) & 63];
    }
    if (bits > 0) text += base64url_digits[pending << (6 - bits) & 63];
    return text;
}

std::string base64_encode(const std::span<const std::uint8_t> bytes) {
    std::string text = base64url_encode(bytes);
    std::ranges::replace(text, '-', '+');
    std::ranges::replace(text, '_', '/');
    text.append((4 - text.size() % 4) % 4, '=');
    return text;
}

std::optional<std::vector<std::uint8_t>> base64url_decode(const std::string_view text) {
    std::vector<std::uint8_t> bytes;
    bytes.reserve(text.size() * 3 / 4);
    std::uint32_t pending = 0;  // its lowest `bits` bits are not written yet
    int bits = 0;
    for (const char character : text) {
        const std::size_t digit = base64url_digits.find(character);
        if (digit == std::string_view::npos) return std::nullopt;
        pending = pending << 6 | static_cast<std::uint32_t>(digit);
        bits += 6;
        if (bits < 8) continue;
        bits -= 8;
        bytes.push_back(static_cast<std::uint8_t>(pending >> bits));
    }
    const bool left_over = bits >= 6 || (pending & ((1U << bits) - 1)) != 0;
    if (left_over) return std::nullopt;
    return bytes;
}

}  // namespace gateway
