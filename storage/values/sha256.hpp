// SHA-256 for fingerprints and for looking up secrets by their hash.
#pragma once

#include <string>
#include <string_view>

namespace gateway {

/// The SHA-256 of `bytes` in 64 lower-case hexadecimal digits, as `sha256sum` prints it. Called from any
/// thread. Throws std::runtime_error where OpenSSL offers no SHA-256.
std::string sha256_hex(std::string_view bytes);

}  // namespace gateway
