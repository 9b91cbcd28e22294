// How much an outgoing request may take, and what it says of its sender.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace gateway::outgoing {

/// From the look-up of the name to the last byte of the body; a receiver that needs longer than this for an
/// answer is to answer first and work afterwards.
inline constexpr std::chrono::milliseconds default_request_time{10'000};

/// How much of a response is read.
struct ResponseLimits {
    /// Bytes of status line and headers, those of interim responses (1xx) included. More of them is a
    /// failure.
    std::size_t header = 16'384;
    /// Bytes of the body as it is sent, with whatever frames it. More of them are left unread.
    std::size_t body = 65'536;
};

/// How many connections are kept for the next request, by each I/O thread for itself, and for how long.
struct PoolLimits {
    std::size_t per_origin = 4;
    /// A TLS connection holds some 70 KB.
    std::size_t total = 64;
    /// Less than most servers wait before they close.
    std::chrono::milliseconds idle_time{30'000};
    /// Counted from its making; after that a new one is made, so that a receiver whose name moves is
    /// followed.
    std::chrono::milliseconds age{300'000};
};

struct ClientOptions {
    /// The User-Agent header; with the program's version, e.g. "session-gateway/1.0".
    std::string user_agent = "session-gateway";
    ResponseLimits response;
    PoolLimits pool;
};

}  // namespace gateway::outgoing
