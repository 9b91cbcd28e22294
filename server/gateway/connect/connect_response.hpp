// Answers as the Connect protocol has them.
#pragma once

#include "server/gateway/response.hpp"

#include <boost/json/value.hpp>

#include <span>
#include <string>
#include <string_view>

namespace gateway::connect {

/// What an error says beside its code and its message: a message of Protocol Buffers.
struct Detail {
    std::string type;               ///< its full name
    std::string bytes;              ///< it, in the binary form
    boost::json::value debug = {};  ///< the same for people; null: left out
};

/// `message` is in the form that is named.
Response write_success(bool is_binary, std::string message);

/// `code` is one of the protocol's, such as "not_found".
Response write_error(http::status status, std::string_view code, std::string_view message,
                     std::span<const Detail> details);

/// What the protocol answers one of its codes with.
http::status status_of(std::string_view code) noexcept;

}  // namespace gateway::connect
