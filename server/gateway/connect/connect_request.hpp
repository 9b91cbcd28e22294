// What a request of the Connect protocol says besides its message.
#pragma once

#include "server/gateway/request_reader.hpp"
#include "storage/values/error.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace gateway::connect {

struct ConnectRequest {
    bool is_binary = false;  ///< a message in the binary form, else in JSON
    std::string message;     ///< unpacked and decoded
};

/// Of a POST, or of a GET whose query holds the message. What is unpacked is at most `limit` bytes.
Result<ConnectRequest> read_connect_request(const HttpRequest& request, std::size_t limit);

/// What a method can be called with, for `Allow`; empty where this is it. GET is for what has no side
/// effects.
std::string_view other_verbs(http::verb verb, bool only_reads) noexcept;

/// Connect-Timeout-Ms.
Result<std::optional<std::chrono::milliseconds>> read_timeout(const HttpRequest& request);

}  // namespace gateway::connect
