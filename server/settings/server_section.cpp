#include "server/settings/server_section.hpp"

#include "server/settings/listen_address.hpp"
#include "server/settings/row.hpp"

#include <boost/algorithm/string/case_conv.hpp>

#include <algorithm>

namespace gateway::setting {

namespace {

/// As it stands in a URL as well: "[::1]".
std::optional<std::string> own_address(const std::string& text) {
    if (!parse_own_address(text)) return std::nullopt;
    return text.starts_with('[') ? text.substr(1, text.size() - 2) : text;
}

std::optional<std::string> listen_address(const std::string& text) {
    const auto address = parse_listen_address(text);
    return address ? std::optional(to_string(*address)) : std::nullopt;
}

/// A host name in lower case, or nothing at all.
std::optional<std::string> host_suffix(const std::string& text) {
    auto name = boost::to_lower_copy(text);
    const auto allowed = [](const char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
    };
    const bool is_name = std::ranges::all_of(name, allowed) && !name.starts_with('.') &&
                         !name.ends_with('.') && name.find("..") == std::string::npos;
    return is_name ? std::optional(std::move(name)) : std::nullopt;
}

}  // namespace

std::vector<Setting> server_rows() {
    return {
        row<&Settings::server, &ServerSettings::address>(
            "server.address", Text{"an IPv4 or IPv6 address of one machine", own_address},
            "IP address to listen on, with plain HTTP; others than this machine are served through TLS: "
            "listen",
            "Whoever can listen in reads the API tokens. \"0.0.0.0\" is every IPv4 address "
            "of the machine, \"::\" every address."),
        row<&Settings::server, &ServerSettings::port>("server.port", Port{0, 65'535},
                                                      "TCP port to listen on; 0 takes any free one",
                                                      "The line printed when the daemon is ready names it."),
        row<&Settings::server, &ServerSettings::listen>(
            "server.listen",
            TextList{"a list of addresses like \"http://127.0.0.1:8080\", \"https://[::]:8443\" or "
                     "\"unix:/run/session-gateway.sock\"",
                     listen_address},
            "where to listen instead of address and port; empty: there",
            "https speaks TLS 1.2 and newer with tls_certificate and tls_key. A Unix socket speaks plain "
            "HTTP, and "
            "its owner and group may use it."),
        live_row<&Settings::server, &ServerSettings::tls_certificate>(
            "server.tls_certificate", Path{Path::Empty::means_none},
            "certificate (PEM) for https in listen, with the chain behind it",
            "A renewed one is taken up within seconds, together with its key; connections that are there go "
            "on."),
        live_row<&Settings::server, &ServerSettings::tls_key>(
            "server.tls_key", Path{Path::Empty::means_none}, "private key (PEM) of tls_certificate",
            "Refused where others than its owner and the group of the daemon may read it."),
        row<&Settings::server, &ServerSettings::threads>(
            "server.threads", Count{1, 64}, "threads that serve connections",
            "About one for each core of the machine, less what the database needs."),
        live_row<&Settings::server, &ServerSettings::max_body>(
            "server.max_body", Size{1, 64 * mib}, "largest body of a request; a larger one is answered 413",
            "The default is far more than any request needs, those apart that publish."),
        live_row<&Settings::server, &ServerSettings::body_memory>(
            "server.body_memory", Size{64 * kib, 64 * gib},
            "memory of the request bodies that are held at a time; one more is answered 503",
            "Far more than events.max_body, or one caller's large request keeps the others out."),
        live_row<&Settings::server, &ServerSettings::max_header>(
            "server.max_header", Size{256, 64 * kib},
            "largest request line and headers, together; larger ones are answered 431"),
        live_row<&Settings::server, &ServerSettings::max_connections>(
            "server.max_connections", Count{1, 1'000'000},
            "connections open at a time; one more is answered 503 and closed",
            "Each takes a file descriptor: a limit of the system that is too low for this number is reported "
            "at the start."),
        live_row<&Settings::server, &ServerSettings::header_timeout>(
            "server.header_timeout", time_limit, "time a client has to send the headers of a request",
            "It counts from their first byte and cuts slow senders off. A TLS handshake has as long."),
        live_row<&Settings::server, &ServerSettings::body_timeout>(
            "server.body_timeout", time_limit, "time a client has to send the body of a request"),
        live_row<&Settings::server, &ServerSettings::idle_timeout>(
            "server.idle_timeout", time_limit, "time a connection may stay silent between requests"),
        live_row<&Settings::server, &ServerSettings::write_timeout>("server.write_timeout", time_limit,
                                                                    "time a client has to take an answer"),
        live_row<&Settings::server, &ServerSettings::request_timeout>(
            "server.request_timeout", time_limit, "time within which a request is answered or dropped",
            "Requests that wait for somebody else's server are excepted."),
        live_row<&Settings::server, &ServerSettings::app_host_suffix>(
            "server.app_host_suffix", Text{"a host name like \"hooks.example.com\", or \"\"", host_suffix},
            "an app's own host is its id, a dot and this: there /.well-known/jwks.json is the app's key set",
            "A proxy in front has to pass the field Host on. Empty: the key sets are below the paths of the "
            "apps alone."),
        live_row<&Settings::server, &ServerSettings::shutdown_timeout>(
            "server.shutdown_timeout", time_limit,
            "time a stop waits for the requests in flight; overrunning it ends with exit status 1",
            "Keep it longer than request_timeout, and shorter than what the service manager waits before it "
            "kills."),
    };
}

}  // namespace gateway::setting
