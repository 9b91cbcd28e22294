#include "server/gateway/header_faults.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/url/authority_view.hpp>
#include <boost/url/parse.hpp>

#include <algorithm>
#include <string>

namespace gateway {

namespace {

/// Why the transfer coding leaves doubt about where the body ends; empty when it does not. The parser passes
/// over a coding that it does not know, and a proxy that reads it otherwise would let another request through
/// in the body.
std::string_view coding_fault(const std::string_view coding, const unsigned version) {
    if (version < 11) return "a transfer coding in HTTP/1.0";
    return boost::beast::iequals(coding, "chunked") ? "" : "a transfer coding other than chunked";
}

bool is_host(const std::string_view text) {
    // Boost.URL takes a name that begins like an IPv4 address ("192.0.2.1.example") for a broken one.
    const auto name = text.starts_with('[') ? std::string(text) : 'x' + std::string(text);
    const auto authority = boost::urls::parse_authority(name);
    return authority.has_value() && !authority->has_userinfo();
}

/// Fields of which a second one would mean something else to another reader.
struct SingleFields {
    int hosts = 0;
    int lengths = 0;
    int authorizations = 0;

    explicit SingleFields(const RequestHeader& request) {
        for (const auto& field : request) {
            if (field.name() == http::field::host) ++hosts;
            if (field.name() == http::field::content_length) ++lengths;
            if (field.name() == http::field::authorization) ++authorizations;
        }
    }
};

/// Why the fields leave doubt about where the body ends, whom the request is for (RFC 9112, section 3.2) or
/// who sends it; empty when they do not.
std::string_view field_fault(const RequestHeader& request) {
    const auto coding = request.find(http::field::transfer_encoding);
    if (coding != request.end()) {
        const auto fault = coding_fault(coding->value(), request.version());
        if (!fault.empty()) return fault;
    }
    const SingleFields count(request);
    // The parser takes equal lengths, in two fields or in one.
    if (count.lengths > 1) return "more than one Content-Length header";
    if (count.lengths == 1 && request[http::field::content_length].find(',') != std::string_view::npos)
        return "more than one length in Content-Length";
    if (count.authorizations > 1) return "more than one Authorization header";
    if (count.hosts > 1) return "more than one Host header";
    if (count.hosts == 0) return request.version() < 11 ? "" : "no Host header";
    return is_host(request[http::field::host]) ? "" : "a Host header that is no host";
}

/// Why a target in the absolute form, which proxies send, names no host; empty for any other target.
std::string_view target_fault(const std::string_view target) {
    if (target.starts_with('/')) return {};
    constexpr std::string_view mark = "://";
    const auto scheme_end = target.find(mark);
    if (scheme_end == std::string_view::npos) return {};
    const auto rest = target.substr(scheme_end + mark.size());
    const auto host = rest.substr(0, rest.find_first_of("/?#"));
    if (host.empty() || host.starts_with(':')) return "a target without a host";
    return is_host(host) ? "" : "a target whose host is no host";
}

}  // namespace

std::string_view header_fault(const RequestHeader& request) {
    const auto fault = target_fault(request.target());
    return fault.empty() ? field_fault(request) : fault;
}

bool is_folded(const std::string_view lines) {
    for (auto end = lines.find('\n'); end != std::string_view::npos; end = lines.find('\n', end + 1)) {
        const auto next = lines.substr(end + 1);
        if (next.starts_with(' ') || next.starts_with('\t')) return true;
    }
    return false;
}

bool asks_to_close(const RequestHeader& request) {
    const auto [begin, end] = request.equal_range(http::field::connection);
    return std::any_of(begin, end,
                       [](const auto& field) { return http::token_list(field.value()).exists("close"); });
}

}  // namespace gateway
