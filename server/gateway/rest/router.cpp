#include "server/gateway/rest/router.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/container/static_vector.hpp>

#include <algorithm>

namespace gateway {

namespace {

// More than any path of the table has; what comes behind them is left off.
constexpr std::size_t most_segments = 16;

using Segments = boost::container::static_vector<std::string_view, most_segments>;

/// The path, also of a target in the absolute form, which proxies send and every server must take.
std::string_view path_of(std::string_view target) {
    constexpr std::string_view mark = "://";
    const auto scheme = target.starts_with('/') ? std::string_view() : target.substr(0, target.find(mark));
    if (boost::beast::iequals(scheme, "http") || boost::beast::iequals(scheme, "https")) {
        target.remove_prefix(std::min(scheme.size() + mark.size(), target.size()));
        target.remove_prefix(std::min(target.find_first_of("/?"), target.size()));
    }
    return target.substr(0, target.find('?'));
}

/// The pieces between the slashes, none where the path does not begin with one.
Segments split(std::string_view path) {
    Segments segments;
    while (path.starts_with('/') && segments.size() < most_segments) {
        path.remove_prefix(1);
        const auto slash = std::min(path.find('/'), path.size());
        segments.push_back(path.substr(0, slash));
        path.remove_prefix(slash);
    }
    return segments;
}

std::optional<unsigned> hex_digit(const char c) {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
    if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
    return std::nullopt;
}

std::optional<std::string> decode(const std::string_view segment) {
    std::string text;
    for (std::size_t i = 0; i < segment.size(); ++i) {
        if (segment[i] != '%') {
            text += segment[i];
            continue;
        }
        if (segment.size() - i < 3) return std::nullopt;
        const auto high = hex_digit(segment[i + 1]);
        const auto low = hex_digit(segment[i + 2]);
        if (!high || !low) return std::nullopt;
        text += static_cast<char>(*high << 4U | *low);
        i += 2;
    }
    return text;
}

bool is_parameter(const std::string_view segment) {
    return segment.starts_with('{');
}

/// Whether the segments have the template's shape, a placeholder standing for any text but the empty one.
bool matches(const std::vector<std::string_view>& expected, const Segments& segments) {
    const auto fits = [](const std::string_view want, const std::string_view have) {
        if (is_parameter(want)) return !have.empty();
        return want == have || (have.find('%') != std::string_view::npos && decode(have) == want);
    };
    return std::ranges::equal(expected, segments, fits);
}

/// Nothing when an escape is wrong.
std::optional<api::PathParameters> read_parameters(const std::vector<std::string_view>& expected,
                                                   const Segments& segments) {
    api::PathParameters parameters;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        if (!is_parameter(expected[i])) continue;
        auto value = decode(segments[i]);
        if (!value) return std::nullopt;
        parameters.push_back({expected[i].substr(1, expected[i].size() - 2), *std::move(value)});
    }
    return parameters;
}

void add_method(std::string& allow, const http::verb method) {
    if (!allow.empty()) allow += ", ";
    allow += std::string_view(http::to_string(method));
    if (method == http::verb::get) allow += ", HEAD";
}

}  // namespace

Router::Router(const std::span<const api::Operation> operations) {
    for (const auto& operation : operations) {
        for (const auto& binding : operation.bindings) {
            const auto segments = split(binding.path);
            templates_.push_back({&binding, {segments.begin(), segments.end()}, &operation});
        }
    }
}

Route Router::find(const http::verb method, const std::string_view target) const {
    const auto wanted = method == http::verb::head ? http::verb::get : method;
    const auto segments = split(path_of(target));
    Route route;
    for (const auto& candidate : templates_) {
        if (!matches(candidate.segments, segments)) continue;
        if (candidate.binding->method != wanted) {
            add_method(route.allow, candidate.binding->method);
            continue;
        }
        auto parameters = read_parameters(candidate.segments, segments);
        if (!parameters) return {};
        return {
            candidate.operation, candidate.binding->request != api::Body::none, *std::move(parameters), {}};
    }
    return route;
}

}  // namespace gateway
