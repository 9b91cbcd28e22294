// What a Content-Type says.
#pragma once

#include <string_view>

namespace gateway {

/// The type without its parameters, as it is written; empty where there is none.
inline std::string_view media_type_in(const std::string_view field) {
    auto type = field.substr(0, field.find(';'));
    while (type.ends_with(' ') || type.ends_with('\t'))
        type.remove_suffix(1);
    return type;
}

}  // namespace gateway
