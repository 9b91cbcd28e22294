// Where the daemon listens.
#pragma once

#include "server/settings/server_section.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace gateway {

/// A TCP port of one address, or a Unix socket, which speaks plain HTTP.
struct ListenAddress {
    std::variant<boost::asio::ip::tcp::endpoint, std::filesystem::path> place;
    bool tls = false;  ///< of a TCP port alone

    friend bool operator==(const ListenAddress&, const ListenAddress&) = default;
};

/// An IP address that a socket can be bound to, IPv6 with brackets or without: neither a group nor broadcast.
std::optional<boost::asio::ip::address> parse_own_address(std::string_view text);

/// "http://127.0.0.1:8080", "https://[::]:8443" or "unix:/run/gateway.sock"; port 0 takes any free one. A
/// path is absolute and has at most 107 bytes, which is all that the system takes. Nothing for any other
/// text.
std::optional<ListenAddress> parse_listen_address(std::string_view text);

/// As parse_listen_address() reads it.
std::string to_string(const ListenAddress& address);

/// Whether plain HTTP goes over something that others than this machine may reach.
bool is_exposed(const ListenAddress& address);

/// Of settings in which fault_of_listeners() finds none; never empty.
std::vector<ListenAddress> listen_addresses(const ServerSettings& settings);

/// What is wrong with the settings of listeners beside each other, in a line that begins with a key; empty
/// where all is well.
std::string fault_of_listeners(const ServerSettings& settings);

}  // namespace gateway
