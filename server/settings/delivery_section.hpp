// The sections [delivery] and [operator]: what is sent, when, and where it may not go.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace gateway {

/// Which answers of a receiver say that it has the events ("200" and "2xx" in the file).
enum class SuccessStatus { ok, any_2xx };

struct DeliverySettings {
    /// For one outgoing request, from the name look-up to the last byte of the answer.
    std::chrono::milliseconds timeout{10'000};
    /// Certificate authorities, in PEM, that are trusted beside the system's; empty for none.
    std::filesystem::path ca_file;
    /// Networks that may be reached although they are closed by default, e.g. "10.1.0.0/16".
    std::vector<std::string> allow_networks;
    /// Networks that may not be reached; wins over allow_networks.
    std::vector<std::string> deny_networks;
    /// Bodies that are signed at once, by as many threads of each urgency; 0: one for each core.
    std::size_t signers = 0;
    /// How long a webhook's former secret signs along after a rotation.
    std::chrono::milliseconds secret_overlap{std::chrono::hours(24)};
    SuccessStatus success = SuccessStatus::ok;
    /// Events in one request.
    std::size_t batch_events = 100;
    /// Bytes of the body of a request that has more than one event, 256 KiB.
    std::uint64_t batch_bytes = 262'144;
    /// Requests under way to all receivers; an app takes no more than are left for the others.
    std::size_t in_flight = 256;
    std::size_t in_flight_per_webhook = 1;
    /// To one webhook; 0: as many as there are.
    std::size_t requests_per_second = 0;
    /// The delay after the first failure; each further one doubles it.
    std::chrono::milliseconds first_retry{std::chrono::minutes(1)};
    /// The longest delay between two attempts.
    std::chrono::milliseconds longest_retry{std::chrono::hours(12)};
    /// Counted from when a delivery was due first; no attempt follows.
    std::chrono::milliseconds expire_after{std::chrono::days(14)};
    /// Of failures only; the webhook is deactivated then. 0: never.
    std::chrono::milliseconds disable_after{std::chrono::days(5)};

    friend bool operator==(const DeliverySettings&, const DeliverySettings&) = default;
};

struct OperatorSettings {
    /// Told of what the daemon does to webhooks by itself; empty: nobody is.
    std::string notify_url;

    friend bool operator==(const OperatorSettings&, const OperatorSettings&) = default;
};

}  // namespace gateway
