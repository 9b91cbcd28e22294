#include "server/api/webhook_url.hpp"

#include "server/api/api_errors.hpp"
#include "server/text/quote.hpp"

#include <boost/url/grammar/ci_string.hpp>
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

/// Boost 1.81 ends the authority where a port stops being a number and takes the rest as the path: a number
/// out of range and an empty port are 0 then, and a path that begins without "/" was part of the port.
bool has_good_port(const urls::url_view& url) {
    if (!url.has_port()) return true;
    return url.port_number() != 0 && (url.encoded_path().empty() || url.encoded_path().starts_with('/'));
}

}  // namespace

Result<void> check_webhook_url(const std::string_view url) {
    if (url.size() > longest) return fault(std::to_string(url.size()) + " bytes", "at most 2,048 characters");
    const auto parsed = urls::parse_uri(url);
    if (!parsed) return fault(shown(url), "an absolute https URL as RFC 3986 writes it");
    // Whether http is fine depends on the app; of any other the answer is known.
    if (parsed->scheme_id() != urls::scheme::http) {
        const auto scheme = check_webhook_scheme(url, false);
        if (scheme.has_error()) return scheme;
    }
    if (parsed->has_userinfo()) return fault("user-info before the host", "none");
    if (parsed->encoded_host().empty())
        return fault("no host in " + shown(url), "one, as in https://example.com/");
    if (!has_good_port(*parsed)) return fault("a wrong port in " + shown(url), "a number from 1 to 65535");
    if (parsed->has_fragment()) return fault("a fragment (\"#\" and what follows)", "none");
    return {};
}

Result<void> check_webhook_scheme(const std::string_view url, const bool allow_http) {
    const auto scheme = url.substr(0, url.find(':'));
    const auto is = [scheme](const std::string_view other) {
        return urls::grammar::ci_is_equal(scheme, other);
    };
    if (is("https") || (allow_http && is("http"))) return {};
    return fault("the scheme " + quote(scheme), allow_http ? "https or http" : "https");
}

}  // namespace gateway::api
