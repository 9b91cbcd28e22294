// How the tables keep a list of row numbers.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace gateway::storage {

/// A JSON array: [3,17].
inline std::string json_list(const std::span<const std::int64_t> numbers) {
    std::string text = "[";
    for (const auto number : numbers) {
        if (text.size() > 1) text += ',';
        text += std::to_string(number);
    }
    return text += ']';
}

}  // namespace gateway::storage
