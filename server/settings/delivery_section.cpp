#include "server/settings/delivery_section.hpp"

#include "server/outgoing/egress_policy.hpp"
#include "server/outgoing/origin.hpp"
#include "server/settings/row.hpp"

#include <stdexcept>

namespace gateway::setting {

namespace {

/// A network, or a single address for the network of that address alone.
std::optional<std::string> network(const std::string& text) {
    const bool is_single = text.find('/') == std::string::npos;
    auto spelled = is_single ? text + (text.find(':') == std::string::npos ? "/32" : "/128") : text;
    try {
        outgoing::parse_network(spelled);
        return spelled;
    } catch (const std::invalid_argument&) {
        return std::nullopt;
    }
}

/// A URL that can be called, or none.
std::optional<std::string> url_or_nothing(const std::string& text) {
    if (!text.empty() && outgoing::parse_destination(text).has_error()) return std::nullopt;
    return text;
}

}  // namespace

std::vector<Setting> delivery_rows() {
    return {
        live_row<&Settings::delivery, &DeliverySettings::timeout>(
            "delivery.timeout", time_limit,
            "time for one outgoing request, from the name look-up to the last byte of the answer",
            "When it is over the request has failed, wherever it stood."),
        row<&Settings::delivery, &DeliverySettings::ca_file>(
            "delivery.ca_file", Path{Path::Empty::means_none},
            "certificate authorities (PEM) to trust beside the system's",
            "For receivers with a certificate of your own authority."),
        live_row<&Settings::delivery, &DeliverySettings::allow_networks>(
            "delivery.allow_networks",
            TextList{"a list of networks like \"10.1.0.0/16\" or \"10.1.2.3\"", network},
            "networks that receivers may be in although they are closed by default (private, loopback, ...)",
            "Keep them as small as can be: whoever holds an API token can have requests sent into them."),
        live_row<&Settings::delivery, &DeliverySettings::deny_networks>(
            "delivery.deny_networks",
            TextList{"a list of networks like \"10.1.0.0/16\" or \"10.1.2.3\"", network},
            "networks that receivers may not be in; wins over allow_networks"),
        row<&Settings::delivery, &DeliverySettings::signers>(
            "delivery.signers", Count{0, 64}, "bodies that are signed at once; 0: one for each core",
            "Bodies of several events get what other work leaves of the processors."),
        live_row<&Settings::delivery, &DeliverySettings::secret_overlap>(
            "delivery.secret_overlap", Duration{0ms, 365 * 24h},
            "time a webhook's former secret signs along after it was replaced",
            "Within it the receiver has to take the new one over."),
        live_row<&Settings::delivery, &DeliverySettings::success>(
            "delivery.success",
            Choice<SuccessStatus>{{{"200", SuccessStatus::ok}, {"2xx", SuccessStatus::any_2xx}}},
            "the answers that say that a receiver has the events; after any other they are sent again"),
        live_row<&Settings::delivery, &DeliverySettings::batch_events>(
            "delivery.batch_events", Count{1, 1'000}, "events that go in one request",
            "A request never waits for more of them: it takes what gathered while the last one was under "
            "way."),
        live_row<&Settings::delivery, &DeliverySettings::batch_bytes>(
            "delivery.batch_bytes", Size{1 * kib, 4 * mib}, "size of a request of several events",
            "A single event may be larger, and goes alone then."),
        live_row<&Settings::delivery, &DeliverySettings::in_flight>(
            "delivery.in_flight", Count{1, 10'000}, "requests under way at a time",
            "One app takes as many as it leaves for the others, so never more than half."),
        live_row<&Settings::delivery, &DeliverySettings::in_flight_per_webhook>(
            "delivery.in_flight_per_webhook", Count{1, 100}, "requests under way to one webhook",
            "With more than one, events may arrive out of their order."),
        live_row<&Settings::delivery, &DeliverySettings::requests_per_second>(
            "delivery.requests_per_second", Count{0, 100'000},
            "requests to one webhook within a second; 0: no limit"),
        live_row<&Settings::delivery, &DeliverySettings::first_retry>(
            "delivery.first_retry", Duration{1ms, 24h},
            "time after which a failed delivery is tried again; it doubles with each further failure"),
        live_row<&Settings::delivery, &DeliverySettings::longest_retry>(
            "delivery.longest_retry", Duration{1ms, 24h * 30},
            "the longest time between two attempts, also where a receiver asks for more (Retry-After)"),
        live_row<&Settings::delivery, &DeliverySettings::expire_after>(
            "delivery.expire_after", Duration{1s, 24h * 365},
            "time after which an event that could not be delivered is given up for that webhook"),
        live_row<&Settings::delivery, &DeliverySettings::disable_after>(
            "delivery.disable_after", Duration{0ms, 24h * 365},
            "a webhook whose receiver only failed for so long is deactivated; 0: never",
            "What is queued for it waits until it is activated again, or expires."),

        live_row<&Settings::operator_, &OperatorSettings::notify_url>(
            "operator.notify_url", Text{"an http or https URL, or nothing", url_or_nothing},
            "URL that is sent a POST when the daemon deactivates a webhook; empty: none",
            "Signed like a delivery of the webhook's app. delivery.allow_networks holds for it as well."),
    };
}

}  // namespace gateway::setting
