// A request to a receiver and what it answers.
#pragma once

#include "server/outgoing/origin.hpp"

#include <boost/beast/http/verb.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gateway::outgoing {

namespace http = boost::beast::http;

struct OutgoingRequest {
    http::verb verb = http::verb::get;
    /// Absolute, http or https.
    std::string url;
    /// Beside those that the client writes itself: Host, User-Agent, Accept-Encoding, Content-Length.
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    /// Whose share it takes of what all requests have in common, e.g. an app.
    std::string tenant;
};

/// Whatever the receiver chose to say: nothing of it has been judged, a redirect is not followed and the body
/// is as it was sent.
struct OutgoingResponse {
    /// 200 to 999.
    unsigned status = 0;
    std::string body;
    /// Whether there was more of the body than is read.
    bool truncated = false;
    /// The value of Retry-After, in whatever form.
    std::optional<std::string> retry_after;
};

/// The bytes of the request. Throws std::invalid_argument for a header that the client writes itself or that
/// manages the connection, and for a name or a value that would not stay within its line.
std::string to_bytes(const OutgoingRequest& request, const Destination& destination,
                     std::string_view user_agent);

}  // namespace gateway::outgoing
