#include "server/api/webhook_url.hpp"

#include "server/api/api_errors.hpp"
#include "server/text/quote.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <string>

namespace gateway::api {

namespace urls = boost::urls;

namespace {

constexpr std::size_t longest = 2'048;

ApiError fault(const std::string& found, const std::string& expected) {
    return {ErrorCode::invalid_request, "url: found " + found + ", expected " + expected + "."};
}

/// The URL, quoted, up to where a secret may begin. Where "@" occurs, that is behind the scheme: what stands
/// before it may be a password, however odd the URL.
std::string shown(const std::string_view url) {
    const bool has_user_info = url.find('@') != std::string_view::npos;
    const auto open_part = url.substr(0, has_user_info ? url.find(':') + 1 : url.find_first_of("?#"));
    return quote(open_part) + (open_part.size() < url.size() ? " (the rest is not shown)" : "");
}

bool has_allowed_scheme(const urls::url_view& url, const bool allow_http) {
    return url.scheme_id() == urls::scheme::https || (allow_http && url.scheme_id() == urls::scheme::http);
}

/// Boost 1.81 ends the authority where a port stops being a number and takes the rest as the path: a number
/// out of range and an empty port are 0 then, and a path that begins without "/" was part of the port.
bool has_good_port(const urls::url_view& url) {
    if (!url.has_port()) return true;
    return url.port_number() != 0 && (url.encoded_path().empty() || url.encoded_path().starts_with('/'));
}

}  // namespace

Result<void> check_webhook_url(const std::string_view url, const bool allow_http) {
    const std::string schemes = allow_http ? "https or http" : "https";
    if (url.size() > longest) return fault(std::to_string(url.size()) + " bytes", "at most 2,048 characters");
    const auto parsed = urls::parse_uri(url);
    if (!parsed) return fault(shown(url), "an absolute " + schemes + " URL as RFC 3986 writes it");
    if (!has_allowed_scheme(*parsed, allow_http)) {
        return fault("the scheme " + quote(std::string_view(parsed->scheme())), schemes);
    }
    if (parsed->has_userinfo()) return fault("user-info before the host", "none");
    if (parsed->encoded_host().empty())
        return fault("no host in " + shown(url), "one, as in https://example.com/");
    if (!has_good_port(*parsed)) return fault("a wrong port in " + shown(url), "a number from 1 to 65535");
    if (parsed->has_fragment()) return fault("a fragment (\"#\" and what follows)", "none");
    return {};
}

}  // namespace gateway::api
