// Amounts, as people read them in a line.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace gateway {

/// "12 MiB" of what is used or wanted, rounded up.
inline std::string in_mebibytes(const std::uint64_t bytes) {
    constexpr std::uint64_t mebibyte = 1U << 20U;
    return std::to_string(bytes / mebibyte + (bytes % mebibyte > 0 ? 1 : 0)) + " MiB";
}

/// The same of what is left, rounded down, so that it is never as much as is wanted where it is less.
inline std::string free_in_mebibytes(const std::uint64_t bytes) {
    return std::to_string(bytes >> 20U) + " MiB";
}

/// "12 s", those that are over.
template <class Count, class Period>
std::string in_seconds(const std::chrono::duration<Count, Period> time) {
    return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(time).count()) + " s";
}

}  // namespace gateway
