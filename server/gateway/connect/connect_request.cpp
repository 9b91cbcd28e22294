#include "server/gateway/connect/connect_request.hpp"

#include "server/gateway/connect/gzip.hpp"
#include "server/gateway/media_type.hpp"
#include "server/gateway/target.hpp"
#include "server/text/quote.hpp"
#include "storage/values/encoding.hpp"

#include <boost/beast/core/string.hpp>

#include <algorithm>
#include <charconv>
#include <map>
#include <string_view>
#include <utility>

namespace gateway::connect {

namespace {

constexpr std::string_view protocol_version = "1";
constexpr std::size_t most_timeout_digits = 10;  // of the protocol

ApiError wrong(const std::string_view place, const std::string_view found, const std::string_view expected,
               const ErrorCode code = ErrorCode::invalid_request) {
    const auto what = found.empty() ? std::string("nothing") : quote(found);
    return {code, std::string(place) + ": found " + what + ", expected " + std::string(expected) + "."};
}

Result<std::string> unpacked(const std::string_view place, const std::string_view coding, std::string bytes,
                             const std::size_t limit) {
    if (coding.empty() || boost::beast::iequals(coding, "identity")) return bytes;
    if (boost::beast::iequals(coding, "gzip")) return gunzip(bytes, limit);
    return wrong(place, coding, "gzip or identity", ErrorCode::unsupported_media_type);
}

Result<ConnectRequest> read_post(const HttpRequest& request, const std::size_t limit) {
    const std::string_view version = request["Connect-Protocol-Version"];
    if (!version.empty() && version != protocol_version)
        return wrong("Connect-Protocol-Version", version, protocol_version);
    const std::string_view declared = request[http::field::content_type];
    const auto type = media_type_in(declared);
    const bool is_binary = boost::beast::iequals(type, "application/proto");
    if (!is_binary && !boost::beast::iequals(type, "application/json"))
        return wrong("Content-Type", declared, "application/json or application/proto",
                     ErrorCode::unsupported_media_type);
    auto message =
        unpacked("Content-Encoding", request[http::field::content_encoding], request.body(), limit);
    if (message.has_error()) return message.error();
    return ConnectRequest{is_binary, *std::move(message)};
}

/// base64 in either alphabet, with or without padding.
std::optional<std::string> from_base64(std::string text) {
    text.erase(std::min(text.find('='), text.size()));
    std::ranges::replace(text, '+', '-');
    std::ranges::replace(text, '/', '_');
    const auto bytes = base64url_decode(text);
    if (!bytes) return std::nullopt;
    return std::string(bytes->begin(), bytes->end());
}

Result<ConnectRequest> read_get(const HttpRequest& request, const std::size_t limit) {
    std::map<std::string, std::string, std::less<>> parameters;
    for_each_parameter(
        split_target(request.target()).second, [&](const std::string_view key, const std::string_view text) {
            auto value = percent_decoded(text, true);
            parameters.insert_or_assign(std::string(key), std::move(value).value_or(std::string(text)));
        });
    const auto parameter = [&](const std::string_view key) {
        const auto found = parameters.find(key);
        return found == parameters.end() ? std::string() : found->second;
    };
    const auto version = parameter("connect");
    if (!version.empty() && version != "v1") return wrong("connect", version, "v1");
    const auto encoding = parameter("encoding");
    if (encoding != "json" && encoding != "proto")
        return wrong("encoding", encoding, "json or proto",
                     encoding.empty() ? ErrorCode::invalid_request : ErrorCode::unsupported_media_type);
    if (!parameters.contains("message")) return wrong("message", {}, "the request");
    auto message = parameter("message");
    const auto base64 = parameter("base64");
    if (base64 == "1") {
        auto bytes = from_base64(std::move(message));
        if (!bytes) return wrong("message", parameter("message"), "base64");
        message = *std::move(bytes);
    } else if (!base64.empty() && base64 != "0") {
        return wrong("base64", base64, "1");
    }
    auto plain = unpacked("compression", parameter("compression"), std::move(message), limit);
    if (plain.has_error()) return plain.error();
    return ConnectRequest{encoding == "proto", *std::move(plain)};
}

}  // namespace

Result<ConnectRequest> read_connect_request(const HttpRequest& request, const std::size_t limit) {
    return request.method() == http::verb::get ? read_get(request, limit) : read_post(request, limit);
}

std::string_view other_verbs(const http::verb verb, const bool only_reads) noexcept {
    if (verb == http::verb::post || (verb == http::verb::get && only_reads)) return {};
    return only_reads ? "GET, POST" : "POST";
}

Result<std::optional<std::chrono::milliseconds>> read_timeout(const HttpRequest& request) {
    const auto field = request.find("Connect-Timeout-Ms");
    if (field == request.end()) return std::optional<std::chrono::milliseconds>();
    const std::string_view text = field->value();
    std::int64_t count = -1;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), count);
    const bool is_good = !text.empty() && text.size() <= most_timeout_digits && count >= 0 &&
                         text[0] != '-' && end.ptr == text.data() + text.size();
    if (!is_good) return wrong("Connect-Timeout-Ms", text, "1 to 10 digits");
    return std::optional(std::chrono::milliseconds(count));
}

}  // namespace gateway::connect
