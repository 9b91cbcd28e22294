// How far apart two words are, for "did you mean …?".
#pragma once

#include <cstddef>
#include <string_view>

namespace gateway {

/// How many letters to insert, remove, replace, or swap with their neighbour, to make one word of the other.
/// Takes time and memory of the product of both lengths.
std::size_t edit_distance(std::string_view from, std::string_view to);

}  // namespace gateway
