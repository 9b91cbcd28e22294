// SHA-256 for fingerprints and for looking up secrets by their hash.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace gateway {

/// The SHA-256 of `bytes`. Called from any thread. Throws std::runtime_error where OpenSSL offers none.
std::array<std::uint8_t, 32> sha256(std::string_view bytes);

/// The same in 64 lower-case hexadecimal digits, as `sha256sum` prints it.
std::string sha256_hex(std::string_view bytes);

}  // namespace gateway
