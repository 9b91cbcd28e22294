// What in a request's header another reader, such as a proxy in front, may take for something else.
#pragma once

#include <boost/beast/http/message.hpp>

#include <string_view>

namespace gateway {

namespace http = boost::beast::http;

using RequestHeader = http::request_header<>;

/// Why the header leaves doubt about where the body ends, whom the request is for or who sends it, in words
/// such as "no Host header"; empty when it does not. `request` is what Beast's parser has made of it.
std::string_view header_fault(const RequestHeader& request);

/// Whether a field goes on in a second line (RFC 9112, section 5.2): Beast's parser joins the two, another
/// reader may see a field of its own. `lines` are whole ones.
bool is_folded(std::string_view lines);

/// Whether "close" is among what the Connection fields say.
bool asks_to_close(const RequestHeader& request);

}  // namespace gateway
