// Bytes as text: base64url (RFC 4648, section 5, without padding), base64 (section 4) and hexadecimal.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// Lower-case, two digits for each byte.
std::string hex_encode(std::span<const std::uint8_t> bytes);

/// The alphabet of URLs and file names, without `=` at the end.
std::string base64url_encode(std::span<const std::uint8_t> bytes);

/// The alphabet with `+` and `/`, and `=` at the end up to a multiple of four characters.
std::string base64_encode(std::span<const std::uint8_t> bytes);

/// Reads exactly what base64url_encode() writes: nothing for padding, white space, another alphabet, a length
/// that no bytes have, or left-over bits that are not zero.
std::optional<std::vector<std::uint8_t>> base64url_decode(std::string_view text);

}  // namespace gateway
