// Bodies that a client has compressed.
#pragma once

#include "storage/values/error.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace gateway::connect {

/// What was compressed with gzip. The error of a body that is too large where more than `limit` bytes come
/// out, of which no more are kept, and an invalid request where it is no such thing, or not whole.
Result<std::string> gunzip(std::string_view compressed, std::size_t limit);

}  // namespace gateway::connect
