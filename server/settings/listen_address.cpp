#include "server/settings/listen_address.hpp"

#include "server/settings/values.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <sys/un.h>
#include <utility>

namespace gateway {

namespace {

using boost::asio::ip::tcp;

constexpr std::string_view http = "http://";
constexpr std::string_view https = "https://";
constexpr std::string_view unix_socket = "unix:";

/// "127.0.0.1:8080", "[::1]:8080".
std::optional<tcp::endpoint> parse_endpoint(const std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto host = text.substr(0, colon);
    const auto address = parse_own_address(host);
    const auto port = parse_integer(text.substr(colon + 1));
    const bool is_bracketed = host.starts_with('[');
    const bool is_port = port && *port >= 0 && *port <= std::numeric_limits<std::uint16_t>::max();
    if (!address || !is_port || address->is_v6() != is_bracketed) return std::nullopt;
    return tcp::endpoint(*address, static_cast<std::uint16_t>(*port));
}

std::optional<ListenAddress> parse_path(const std::string_view path) {
    const bool fits = path.size() < sizeof(sockaddr_un::sun_path);
    if (!fits || path.size() < 2 || path.front() != '/') return std::nullopt;
    return ListenAddress{std::filesystem::path(path)};
}

}  // namespace

std::optional<boost::asio::ip::address> parse_own_address(const std::string_view text) {
    const bool bracketed = text.size() > 2 && text.front() == '[' && text.back() == ']';
    boost::system::error_code error;
    const std::string plain(bracketed ? text.substr(1, text.size() - 2) : text);
    const auto address = boost::asio::ip::make_address(plain, error);
    const bool is_group = address.is_multicast() || address == boost::asio::ip::address_v4::broadcast();
    if (error || is_group || (bracketed && address.is_v4())) return std::nullopt;
    return address;
}

std::optional<ListenAddress> parse_listen_address(const std::string_view text) {
    if (text.starts_with(unix_socket)) return parse_path(text.substr(unix_socket.size()));
    const bool tls = text.starts_with(https);
    if (!tls && !text.starts_with(http)) return std::nullopt;
    const auto endpoint = parse_endpoint(text.substr(tls ? https.size() : http.size()));
    return endpoint ? std::optional(ListenAddress{*endpoint, tls}) : std::nullopt;
}

std::string to_string(const ListenAddress& address) {
    if (const auto* const path = std::get_if<std::filesystem::path>(&address.place))
        return std::string(unix_socket) + path->native();
    const auto& endpoint = std::get<tcp::endpoint>(address.place);
    const auto host = endpoint.address().to_string();
    return std::string(address.tls ? https : http) + (endpoint.address().is_v6() ? "[" + host + "]" : host) +
           ":" + std::to_string(endpoint.port());
}

std::vector<ListenAddress> listen_addresses(const ServerSettings& settings) {
    if (settings.listen.empty()) {
        const auto address = boost::asio::ip::make_address(settings.address);
        return {{tcp::endpoint(address, settings.port)}};
    }
    std::vector<ListenAddress> addresses;
    for (const auto& text : settings.listen)
        addresses.push_back(parse_listen_address(text).value());
    return addresses;
}

std::string fault_of_listeners(const ServerSettings& settings) {
    const ServerSettings defaults;
    const bool has_place = settings.address != defaults.address || settings.port != defaults.port;
    if (has_place && !settings.listen.empty())
        return "server.listen: found beside server.address = " + toml_string(settings.address) +
               " and server.port = " + std::to_string(settings.port) +
               ", allowed is only one way to say it: add them to the list, or leave them out";
    const bool speaks_tls = std::ranges::any_of(listen_addresses(settings), &ListenAddress::tls);
    for (const auto& [key, file] : {std::pair("server.tls_certificate", settings.tls_certificate),
                                    std::pair("server.tls_key", settings.tls_key)}) {
        if (speaks_tls && file.empty())
            return std::string(key) + ": found \"\", expected a file, as server.listen has an https address";
        if (!speaks_tls && !file.empty())
            return std::string(key) + ": found " + toml_string(file.native()) +
                   ", expected \"\", as server.listen has no https address";
    }
    return {};
}

bool is_exposed(const ListenAddress& address) {
    const auto* const endpoint = std::get_if<tcp::endpoint>(&address.place);
    return endpoint != nullptr && !address.tls && !endpoint->address().is_loopback();
}

}  // namespace gateway
