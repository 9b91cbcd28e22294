#include "server/api/webhook_url.hpp"

#include "server/api/api_errors.hpp"
#include "server/outgoing/egress_policy.hpp"
#include "server/outgoing/origin.hpp"
#include "server/text/plain_text.hpp"
#include "server/text/quote.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/url/encode.hpp>
#include <boost/url/grammar/ci_string.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

#include <idn2.h>
#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace gateway::api {

namespace urls = boost::urls;

namespace {

namespace ip = boost::asio::ip;

constexpr std::size_t longest = 2'048;

// RFC 3986, section 2.
constexpr std::string_view url_characters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:/?#[]@!$&'()*+,;=%";

constexpr std::string_view of_a_host = "letters, digits, \"-\", \"_\" and \".\" alone";

struct HostFault {
    std::string_view reason;  ///< as classify_host() gives it
    std::string_view expected;
};

constexpr HostFault host_faults[] = {
    {"empty", "something before every dot"},
    {"too_long", "at most 253 characters in a name and 63 between two dots"},
    {"percent_encoded", of_a_host},
    {"empty_label", "something before every dot"},
    {"odd_ipv4",
     "a name that does not end in a number, or four numbers from 0 to 255 without zeros before them"},
    {"bad_ipv6", "an IPv6 address between \"[\" and \"]\""},
    {"zone_id", "an address without a zone"},
};

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

std::string in_the_host(const std::string_view character, const std::string_view host) {
    return quote(character) + " in the host " + quote(host);
}

/// The punycode form of a name in other letters than ASCII's; empty where it has none that a host can be.
std::string ascii_form(const std::string& host) {
    char* form = nullptr;
    if (idn2_to_ascii_8z(host.c_str(), &form, IDN2_NONTRANSITIONAL) != IDN2_OK) return {};
    const std::unique_ptr<char, decltype(&idn2_free)> owner(form, &idn2_free);
    const bool is_name = std::holds_alternative<outgoing::HostName>(outgoing::classify_host(form));
    return is_name ? form : "";
}

/// What is wrong where the text holds a character that no URL holds. Not told of a text with an "@", as
/// what stands before it may be a password.
std::optional<ApiError> foreign_character(const std::string_view text) {
    const auto place = text.find_first_not_of(url_characters);
    const auto host = outgoing::split_url(text).host;
    if (place == std::string_view::npos || host.empty() || text.find('@') != std::string_view::npos)
        return {};
    const auto [character, kind, point] = first_character(text.substr(place));
    if (host.find(character) != std::string_view::npos) {
        const auto form = ascii_form(std::string(host));
        const bool is_name = character.size() > 1 && !form.empty();
        return fault(in_the_host(character, host), is_name ? "it as " + form : std::string(of_a_host));
    }
    if (kind != CharacterKind::plain) return fault(quote(character), "printable characters alone");
    return fault(quote(character), urls::encode(character, urls::unreserved_chars) + " in its place");
}

Result<void> check_host(const std::string_view host) {
    const auto kind = outgoing::classify_host(host);
    if (const auto* const address = std::get_if<ip::address>(&kind)) {
        if (!address->is_v6() || !address->to_v6().is_v4_mapped()) return {};
        const auto plain = ip::make_address_v4(ip::v4_mapped, address->to_v6()).to_string();
        return fault("the host " + quote(host), "the IPv4 address as it is, " + plain);
    }
    const auto* const refused = std::get_if<outgoing::RefusedHost>(&kind);
    if (!refused) return {};
    for (const auto& [reason, expected] : host_faults)
        if (reason == refused->reason) return fault("the host " + quote(host), std::string(expected));
    const auto place = host.find_first_not_of(outgoing::host_characters);
    return fault(in_the_host(host.substr(place, 1), host), std::string(of_a_host));
}

}  // namespace

Result<void> check_webhook_url(const std::string_view url) {
    if (url.size() > longest) return fault(std::to_string(url.size()) + " bytes", "at most 2,048 characters");
    if (auto foreign = foreign_character(url)) return *std::move(foreign);
    const auto parsed = urls::parse_uri(url);
    if (!parsed) return fault(shown(url), "an absolute https URL as RFC 3986 writes it");
    // Whether http is fine depends on the app; of any other the answer is known.
    if (parsed->scheme_id() != urls::scheme::http) {
        auto scheme = check_webhook_scheme(url, false);
        if (scheme.has_error()) return scheme;
    }
    const auto parts = outgoing::split_url(url);
    if (parts.has_user_info) return fault("user-info before the host", "none");
    if (parts.host.empty()) return fault("no host in " + shown(url), "one, as in https://example.com/");
    if (parts.port && !outgoing::port_number(*parts.port))
        return fault("a wrong port in " + shown(url), "a number from 1 to 65535");
    auto host = check_host(parts.host);
    if (host.has_error()) return host;
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
