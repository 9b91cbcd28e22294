// Our error codes in the words of the Connect protocol.
#pragma once

#include "storage/values/error.hpp"

#include <boost/beast/http/status.hpp>

#include <string_view>

namespace gateway::connect {

/// The code that a client of the protocol gets to see, such as "not_found".
std::string_view connect_code(ErrorCode code) noexcept;

/// The status that goes with it: the protocol's, but for what HTTP itself has a word for (no such path, no
/// such method, no such media type).
boost::beast::http::status connect_status(ErrorCode code) noexcept;

}  // namespace gateway::connect
