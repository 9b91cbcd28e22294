#include "server/outgoing/outgoing.hpp"

#include "server/text/plain_text.hpp"

#include <boost/beast/core/string.hpp>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace gateway::outgoing {
namespace {

constexpr std::array<std::string_view, 9> reserved_headers{
    "Host",       "User-Agent", "Accept-Encoding", "Content-Length", "Transfer-Encoding",
    "Connection", "Upgrade",    "Expect",          "Trailer"};

bool is_reserved(const std::string_view name) {
    const auto is_name = [name](const std::string_view reserved) {
        return boost::beast::iequals(name, reserved);
    };
    return std::ranges::any_of(reserved_headers, is_name);
}

// RFC 9110, section 5.6.2.
bool is_token(const std::string_view text) {
    const auto is_token_character = [](const char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
               std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
    };
    return !text.empty() && std::ranges::all_of(text, is_token_character);
}

void append_header(std::string& bytes, const std::string_view name, const std::string_view value) {
    if (!is_token(name)) throw std::invalid_argument("not the name of a header");
    if (std::ranges::any_of(value, is_control)) {
        throw std::invalid_argument("control character in the header " + std::string(name));
    }
    bytes.append(name).append(": ").append(value).append("\r\n");
}

// A receiver may wait for the length of a body that it expects, even where there is none (RFC 9110,
// section 8.6).
bool states_length(const OutgoingRequest& request) {
    switch (request.verb) {
        case http::verb::post:
        case http::verb::put:
        case http::verb::patch:
            return true;
        default:
            return !request.body.empty();
    }
}

}  // namespace

std::string to_bytes(const OutgoingRequest& request, const Destination& destination,
                     const std::string_view user_agent) {
    std::string bytes = http::to_string(request.verb);
    bytes.append(" ").append(destination.target).append(" HTTP/1.1\r\n");
    append_header(bytes, "Host", host_header(destination.origin));
    append_header(bytes, "User-Agent", user_agent);
    append_header(bytes, "Accept-Encoding", "identity");
    for (const auto& [name, value] : request.headers) {
        if (is_reserved(name))
            throw std::invalid_argument("the client writes the header " + name + " itself");
        append_header(bytes, name, value);
    }
    if (states_length(request)) append_header(bytes, "Content-Length", std::to_string(request.body.size()));
    bytes.append("\r\n").append(request.body);
    return bytes;
}

}  // namespace gateway::outgoing
