// The section [server]: how the daemon is called.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace gateway {

struct ServerSettings {
    /// The IP address to listen on. Loopback, since the API speaks plain HTTP.
    std::string address = "127.0.0.1";
    /// 0 takes any free one.
    std::uint16_t port = 8080;
    /// Where to listen instead, as parse_listen_address() takes it; empty: on address and port.
    std::vector<std::string> listen;
    /// The certificate and its chain, in PEM; wanted where a listener speaks TLS, and only there.
    std::filesystem::path tls_certificate;
    /// Its key, in PEM, which others may not read; as tls_certificate.
    std::filesystem::path tls_key;
    /// Threads that serve connections. One for each core of a small machine.
    std::size_t threads = 2;
    /// Bytes of a request's body, 64 KiB: far more than any operation needs but one that publishes.
    std::uint64_t max_body = 65'536;
    /// Bytes of request bodies that are held at a time, 64 MiB; beyond that one more is answered 503.
    std::uint64_t body_memory = 67'108'864;
    /// Bytes of a request's line and headers together, 8 KiB.
    std::uint64_t max_header = 8'192;
    /// Connections open at a time; one more is answered 503 and closed.
    std::size_t max_connections = 10'000;
    /// From the first byte of a request until its headers are complete; also for a TLS handshake.
    std::chrono::milliseconds header_timeout{10'000};
    /// From the end of a request's headers until its body is complete.
    std::chrono::milliseconds body_timeout{10'000};
    /// How long a connection may stay silent between requests.
    std::chrono::milliseconds idle_timeout{60'000};
    /// How long the client may take to accept an answer.
    std::chrono::milliseconds write_timeout{10'000};
    /// What was asked is answered or dropped within this, operations that call out excepted.
    std::chrono::milliseconds request_timeout{10'000};
    /// An app's own host is its id, a dot and this, in lower case; empty: apps have none.
    std::string app_host_suffix;
    /// How long a stop waits for what is in flight. More than request_timeout, so that a calm stop overruns
    /// nothing.
    std::chrono::milliseconds shutdown_timeout{15'000};

    friend bool operator==(const ServerSettings&, const ServerSettings&) = default;
};

}  // namespace gateway
