// Why an outgoing request failed: one word of a closed list, and what the log says besides.
#pragma once

#include <boost/system/result.hpp>

#include <stdexcept>
#include <string>
#include <string_view>

namespace gateway::outgoing {

/// The words that a failed request can carry. Safe to show to whoever owns the webhook: none of them tells
/// what an inner network holds.
enum class OutgoingFailure {
    blocked_address,  ///< the egress policy forbids the host or one of its addresses; no connection was tried
    dns,              ///< the name has no address, or the look-up failed
    connect,          ///< no checked address accepted the connection
    tls,              ///< the handshake failed, or the certificate is not trusted or not of this host
    timeout,          ///< the deadline passed first, at whichever step
    protocol,         ///< what came back is not HTTP, ends early, or has headers beyond the limit
    http_status,      ///< a whole answer, of a status that does not count as success
    body,             ///< a status of success, with a body that is too long or not what was asked for
    challenge_mismatch,  ///< an activation's answer, well-formed, with another number than was asked for or
                         ///< none
    overloaded,          ///< no room here for the attempt; nothing was sent
    cancelled,           ///< the daemon is stopping, or the caller gave up
};

/// The word as logs and stored attempts write it, e.g. "blocked_address".
constexpr std::string_view to_string(const OutgoingFailure failure) noexcept {
    switch (failure) {
        case OutgoingFailure::blocked_address:
            return "blocked_address";
        case OutgoingFailure::dns:
            return "dns";
        case OutgoingFailure::connect:
            return "connect";
        case OutgoingFailure::tls:
            return "tls";
        case OutgoingFailure::timeout:
            return "timeout";
        case OutgoingFailure::protocol:
            return "protocol";
        case OutgoingFailure::http_status:
            return "http_status";
        case OutgoingFailure::body:
            return "body";
        case OutgoingFailure::challenge_mismatch:
            return "challenge_mismatch";
        case OutgoingFailure::overloaded:
            return "overloaded";
        case OutgoingFailure::cancelled:
            return "cancelled";
    }
    return "cancelled";
}

/// A failure with its detail. The detail is for the log alone: it may name inner addresses.
struct OutgoingError {
    OutgoingFailure failure = OutgoingFailure::cancelled;
    std::string detail;
    bool was_sent = false;  ///< the receiver may have got the whole request
};

/// The outcome of a step of an outgoing request.
template <class T>
using OutgoingResult = boost::system::result<T, OutgoingError>;

/// Called by OutgoingResult<T>::value() on an error; a caller that did not look first made a mistake.
[[noreturn]] inline void throw_exception_from_error(const OutgoingError& error,
                                                    const boost::source_location&) {
    throw std::logic_error("unexamined delivery failure: " + std::string(to_string(error.failure)) + ": " +
                           error.detail);
}

}  // namespace gateway::outgoing
