// The activation challenge: a receiver proves that it wants the events by sending back a number.
#pragma once

#include "server/outgoing/http_client.hpp"
#include "server/outgoing/outgoing_error.hpp"
#include "storage/values/type_id.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <string>

namespace gateway::delivery {

/// What is sent to one receiver.
struct Challenge {
    /// Draws the number. Throws what the random source throws.
    Challenge(std::string url, std::string verification_token, std::string app_id,
              const RandomSource& random);

    std::string url;
    std::string verification_token;
    std::string app_id;
    std::uint32_t number;  ///< 1 … 2^31 − 1, so that any receiver's integers hold it
};

/// The url with `event=activate`, `verification_token`, `challenge` and `app_id` after its own query, encoded
/// so that readers of forms and of RFC 3986 see the same.
std::string challenge_url(const Challenge& challenge);

/// Judges a receiver's answer: 200 and a JSON object, no longer than is read, whose `challenge` is the
/// number; a byte order mark may stand before it. `http_status`, `body` or `challenge_mismatch` otherwise.
outgoing::OutgoingResult<void> judge_answer(const Challenge& challenge,
                                            const outgoing::OutgoingResponse& answer);

/// Sends it and judges the answer. The references must live until it is done.
boost::asio::awaitable<outgoing::OutgoingResult<void>> send_challenge(outgoing::HttpClient& client,
                                                                      const Challenge& challenge,
                                                                      outgoing::Deadline deadline);

}  // namespace gateway::delivery
