#include "server/outgoing/resolver.hpp"

#include "server/text/quote.hpp"

#include <string_view>
#include <utility>
#include <variant>

namespace gateway::outgoing {
namespace {

OutgoingError blocked(const std::string& what, const std::string_view reason, const std::string_view remedy) {
    return {OutgoingFailure::blocked_address,
            what + " (" + std::string(reason) + "; " + std::string(remedy) + ")"};
}

// What an operator can do about an address that is blocked for this reason.
std::string_view remedy(const std::string_view reason) {
    if (reason == "deny_networks") return "delivery.deny_networks holds it";
    if (reason == "ipv4_mapped" || reason == "zone_id") return "no setting allows it";
    return "delivery.allow_networks would allow it";
}

OutgoingResult<Addresses> all_allowed(const EgressPolicy& policy, const std::string& host,
                                      Addresses addresses) {
    for (const asio::ip::address& address : addresses) {
        const EgressVerdict verdict = policy.judge(address);
        if (!verdict.allowed)
            return blocked(host + " at " + address.to_string(), verdict.reason, remedy(verdict.reason));
    }
    if (addresses.empty()) return OutgoingError{OutgoingFailure::dns, host + ": no address"};
    return addresses;
}

}  // namespace

asio::awaitable<OutgoingResult<Addresses>> resolve_allowed(const EgressPolicy& policy, Resolver& resolver,
                                                           LookUp look_up, const Deadline deadline) {
    const std::string host = look_up.host;
    UrlHost kind = classify_host(host);
    if (const auto* refused = std::get_if<RefusedHost>(&kind)) {
        co_return blocked("the host " + quote(host), refused->reason, "no name or address is written so");
    }
    if (const auto* literal = std::get_if<asio::ip::address>(&kind)) {
        co_return all_allowed(policy, host, Addresses(1, *literal));
    }
    look_up.host = std::get<HostName>(std::move(kind)).text;
    OutgoingResult<Addresses> found = co_await resolver.resolve(std::move(look_up), deadline);
    if (found.has_error()) co_return found;
    co_return all_allowed(policy, host, std::move(*found));
}

}  // namespace gateway::outgoing
