#include "server/delivery/challenge.hpp"

#include "server/text/plain_text.hpp"

#include <boost/endian/conversion.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

#include <array>

namespace gateway::delivery {

namespace asio = boost::asio;
namespace json = boost::json;
namespace urls = boost::urls;

namespace {

constexpr std::uint32_t largest_number = 0x7FFF'FFFF;

std::uint32_t draw_number(const RandomSource& random) {
    while (true) {
        std::array<std::uint8_t, 4> bytes{};
        random(bytes);
        const auto number = boost::endian::load_big_u32(bytes.data()) & largest_number;
        if (number != 0) return number;
    }
}

/// Exactly this number, written as an integer: 1.0e3 is not 1000.
bool is_number(const json::value& value, const std::uint32_t number) {
    const auto* const found = value.if_int64();
    return found && *found == number;
}

std::string parameter(const std::string_view name, const std::string_view value) {
    // A "+", bare, is a plus to one reader and a space to the other.
    return std::string(name) + "=" + urls::encode(value, urls::unreserved_chars);
}

}  // namespace

Challenge::Challenge(std::string url_, std::string verification_token_, std::string app_id_,
                     const RandomSource& random)
    : url(std::move(url_)),
      verification_token(std::move(verification_token_)),
      app_id(std::move(app_id_)),
      number(draw_number(random)) {}

std::string challenge_url(const Challenge& challenge) {
    std::string url = challenge.url;
    const auto mark = url.find('?');
    if (mark == std::string::npos) {
        url += '?';
    } else if (mark + 1 < url.size()) {
        url += '&';
    }
    url += "event=activate&" + parameter("verification_token", challenge.verification_token) +
           "&challenge=" + std::to_string(challenge.number) + "&" + parameter("app_id", challenge.app_id);
    return url;
}

outgoing::OutgoingResult<void> judge_answer(const Challenge& challenge,
                                            const outgoing::OutgoingResponse& answer) {
    if (answer.status != 200) {
        return outgoing::OutgoingError{outgoing::OutgoingFailure::http_status,
                                       "the receiver answered " + std::to_string(answer.status)};
    }
    if (answer.truncated)
        return outgoing::OutgoingError{outgoing::OutgoingFailure::body, "the receiver's answer is too long"};
    std::string_view text = answer.body;
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    boost::system::error_code error;
    const auto body = json::parse(text, error);
    if (error || !body.is_object()) {
        return outgoing::OutgoingError{outgoing::OutgoingFailure::body,
                                       "the receiver's answer is not a JSON object"};
    }
    const auto* const number = body.get_object().if_contains("challenge");
    if (number && is_number(*number, challenge.number)) return {};
    return outgoing::OutgoingError{
        outgoing::OutgoingFailure::challenge_mismatch,
        number ? "the receiver's answer has another challenge" : "the receiver's answer has none"};
}

asio::awaitable<outgoing::OutgoingResult<void>> send_challenge(outgoing::HttpClient& client,
                                                               const Challenge& challenge,
                                                               const outgoing::Deadline deadline) {
    outgoing::OutgoingRequest request;
    request.url = challenge_url(challenge);
    request.tenant = challenge.app_id;
    request.headers.emplace_back("Accept", "application/json");
    const auto response = co_await client.send(std::move(request), deadline);
    if (response.has_error()) co_return response.error();
    co_return judge_answer(challenge, *response);
}

}  // namespace gateway::delivery
