#include "server/outgoing/origin.hpp"

#include <boost/algorithm/string/case_conv.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <charconv>
#include <system_error>

namespace gateway::outgoing {
namespace {

constexpr std::uint16_t http_port = 80;
constexpr std::uint16_t https_port = 443;

constexpr std::uint16_t default_port(const bool tls) noexcept {
    return tls ? https_port : http_port;
}

OutgoingError refused(const std::string_view reason) {
    return {OutgoingFailure::blocked_address, "the url " + std::string(reason)};
}

std::string target_of(const UrlParts& url) {
    const auto fragment = url.rest.find('#');
    std::string target(url.rest.substr(0, fragment));
    if (!target.starts_with('/')) target.insert(0, "/");
    return target;
}

}  // namespace

std::string host_header(const Origin& origin) {
    if (origin.port == default_port(origin.tls)) return origin.host;
    return origin.host + ":" + std::to_string(origin.port);
}

UrlParts split_url(const std::string_view url) {
    const auto begin = std::min(url.find(':'), url.size());
    if (url.substr(begin, 3) != "://") return {};
    const auto rest = url.substr(begin + 3);
    const auto end = std::min(rest.find_first_of("/?#"), rest.size());
    UrlParts parts{.host = rest.substr(0, end), .rest = rest.substr(end)};

    const auto at = parts.host.rfind('@');
    parts.has_user_info = at != std::string_view::npos;
    if (parts.has_user_info) parts.host.remove_prefix(at + 1);
    const auto colon = parts.host.rfind(':');
    if (colon != std::string_view::npos && parts.host.find(']', colon) == std::string_view::npos) {
        parts.port = parts.host.substr(colon + 1);
        parts.host = parts.host.substr(0, colon);
    }
    return parts;
}

std::optional<std::uint16_t> port_number(const std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    const bool whole = error == std::errc{} && end == text.data() + text.size();
    return whole && port != 0 ? std::optional(port) : std::nullopt;
}

OutgoingResult<Destination> parse_destination(const std::string_view text) {
    const auto url = boost::urls::parse_uri(text);
    if (!url) return refused("cannot be read");
    const bool tls = url->scheme_id() == boost::urls::scheme::https;
    if (!tls && url->scheme_id() != boost::urls::scheme::http) return refused("is neither https nor http");
    const auto parts = split_url(text);
    if (parts.has_user_info) return refused("has user-info");
    if (parts.host.empty()) return refused("has no host");
    const auto port = parts.port.value_or("").empty() ? default_port(tls) : port_number(*parts.port);
    if (!port) return refused("has a port that does not exist");
    return Destination{{tls, boost::to_lower_copy(std::string(parts.host)), *port}, target_of(parts)};
}

}  // namespace gateway::outgoing
