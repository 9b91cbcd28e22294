// The target of a request line, taken apart.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace gateway {

/// The path and what stands behind its "?", also of a target in the absolute form, which proxies send and
/// every server must take.
std::pair<std::string_view, std::string_view> split_target(std::string_view target);

/// Nothing where a percent escape is wrong.
std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_space);

/// visit(key, value) for each parameter of a query, in its order; both as they stand there.
template <class Visit>
void for_each_parameter(std::string_view query, const Visit& visit) {
    while (!query.empty()) {
        const auto piece = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(piece.size() + 1, query.size()));
        const auto equals = std::min(piece.find('='), piece.size());
        visit(piece.substr(0, equals), piece.substr(std::min(equals + 1, piece.size())));
    }
}

}  // namespace gateway
