#include "server/delivery/challenge.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>

#include <array>

namespace gateway::delivery {

namespace asio = boost::asio;
namespace json = boost::json;
namespace urls = boost::urls;

namespace {

constexpr std::uint64_t numbers = (std::uint64_t{1} << 53U) - 1;

/// Uniform in 1 … 2^53 − 1.
std::uint64_t draw_number(const RandomSource& random) {
    while (true) {
        std::array<std::uint8_t, 8> bytes{};
        random(bytes);
        std::uint64_t number = 0;
        for (const auto byte : bytes)
            number = number << 8U | byte;
        number &= numbers;
        if (number != 0) return number;
    }
}

/// Exactly this number, written as an integer: 1.0e3 is not 1000.
bool is_number(const json::value& value, const std::uint64_t number) {
    if (const auto* const small = value.if_int64()) return std::cmp_equal(*small, number);
    const auto* const large = value.if_uint64();
    return large && *large == number;
}

}  // namespace

Challenge::Challenge(std::string url_, std::string verification_token_, std::string app_id_,
                     const RandomSource& random)
    : url(std::move(url_)),
      verification_token(std::move(verification_token_)),
      app_id(std::move(app_id_)),
      number(draw_number(random)) {}

std::string challenge_url(const Challenge& challenge) {
    urls::url url(urls::parse_uri(challenge.url).value());
    if (url.has_query() && url.encoded_query().empty()) url.remove_query();
    auto parameters = url.params();
    parameters.append({"event", "activate"});
    parameters.append({"verification_token", challenge.verification_token});
    parameters.append({"challenge", std::to_string(challenge.number)});
    parameters.append({"app_id", challenge.app_id});
    return std::string(url.buffer());
}

outgoing::OutgoingResult<void> judge_answer(const Challenge& challenge,
                                            const outgoing::OutgoingResponse& answer) {
    if (answer.status != 200) {
        return outgoing::OutgoingError{outgoing::OutgoingFailure::http_status,
                                       "the receiver answered " + std::to_string(answer.status)};
    }
    if (answer.truncated)
        return outgoing::OutgoingError{outgoing::OutgoingFailure::body, "the receiver's answer is too long"};
    boost::system::error_code error;
    const auto body = json::parse(answer.body, error);
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
    request.headers.emplace_back("Accept", "application/json");
    const auto response = co_await client.send(std::move(request), deadline);
    if (response.has_error()) co_return response.error();
    co_return judge_answer(challenge, *response);
}

}  // namespace gateway::delivery
