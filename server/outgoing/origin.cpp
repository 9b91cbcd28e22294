#include "server/outgoing/origin.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <optional>

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

std::string lower_case(const std::string_view text) {
    const auto lower = [](const char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    };
    std::string lowered(text);
    std::ranges::transform(lowered, lowered.begin(), lower);
    return lowered;
}

// Nothing for a port that no connection can have; Boost.URL reads one beyond 65535 as 0.
std::optional<std::uint16_t> port_of(const boost::urls::url_view& url, const bool tls) {
    if (!url.has_port() || url.port().empty()) return default_port(tls);
    if (url.port_number() == 0) return std::nullopt;
    return url.port_number();
}

std::string target_of(const boost::urls::url_view& url) {
    std::string target(url.encoded_target());
    if (url.encoded_path().empty()) target.insert(0, "/");
    return target;
}

}  // namespace

std::string host_header(const Origin& origin) {
    if (origin.port == default_port(origin.tls)) return origin.host;
    return origin.host + ":" + std::to_string(origin.port);
}

OutgoingResult<Destination> parse_destination(const std::string_view text) {
    const auto url = boost::urls::parse_uri(text);
    if (!url) return refused("cannot be read");
    // Boost.URL takes "https://host:-1/" for a host with the path "-1/".
    const std::string_view path = url->encoded_path();
    if (!path.empty() && !path.starts_with('/')) return refused("cannot be read");
    const bool tls = url->scheme_id() == boost::urls::scheme::https;
    if (!tls && url->scheme_id() != boost::urls::scheme::http) return refused("is neither https nor http");
    if (!url->has_authority() || url->encoded_host().empty()) return refused("has no host");
    if (url->has_userinfo()) return refused("has user-info");
    const auto port = port_of(*url, tls);
    if (!port) return refused("has a port that does not exist");
    return Destination{{tls, lower_case(url->encoded_host()), *port}, target_of(*url)};
}

}  // namespace gateway::outgoing
