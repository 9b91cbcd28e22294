// Urls, hosts and networks of anybody's making: what is taken can be used, and goes where it seems to.

#include "server/api/webhook_url.hpp"
#include "server/gateway/request_reader.hpp"
#include "server/outgoing/egress_policy.hpp"
#include "server/outgoing/origin.hpp"
#include "server/outgoing/outgoing.hpp"
#include "tests/fuzz/target.hpp"

#include <boost/asio/buffer.hpp>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string>
#include <variant>

namespace gateway::fuzz {

namespace {

using boost::asio::ip::address;

bool is_refused(const outgoing::UrlHost& host) {
    return std::holds_alternative<outgoing::RefusedHost>(host);
}

void check_host(const std::string_view text) {
    const auto host = outgoing::classify_host(text);
    if (const auto* const name = std::get_if<outgoing::HostName>(&host)) {
        const auto is_fine = [](const char c) {
            return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
        };
        expect(std::ranges::all_of(name->text, is_fine), "a name has the characters of names, in lower case");
        const auto again = outgoing::classify_host(name->text);
        expect(std::get<outgoing::HostName>(again).text == name->text, "a name is one whoever writes it");
    }
    if (const auto* const found = std::get_if<address>(&host)) {
        const auto plain = found->is_v6() ? '[' + found->to_string() + ']' : found->to_string();
        expect(std::get<address>(outgoing::classify_host(plain)) == *found,
               "an address is the one it is written as");
    }
}

void check_network(const std::string_view text) {
    std::optional<outgoing::Network> network;
    try {
        network = outgoing::parse_network(text);
    } catch (const std::invalid_argument&) {
        return;
    }
    expect(network->contains(network->base), "a network contains its first address");
    const auto plain = network->base.to_string() + '/' + std::to_string(network->prefix_length);
    expect(outgoing::parse_network(plain).base == network->base, "a network is the one it is written as");
}

/// The bytes that would be sent are one request, to this host and for this target, to whoever reads them.
void check_request(const outgoing::Destination& destination) {
    const auto bytes = outgoing::to_bytes({}, destination, "fuzz");
    RequestReader reader(65'536);
    for (std::string_view rest = bytes; !rest.empty();) {
        const auto count = boost::asio::buffer_copy(reader.room(), boost::asio::buffer(rest));
        reader.received(count);
        rest.remove_prefix(count);
    }
    expect(reader.state() == RequestReader::State::complete, "a request to a destination is a request");
    expect(reader.request().target() == destination.target, "its target is that of the url");
    expect(reader.request()[http::field::host] == host_header(destination.origin),
           "its host is that of the url");
    reader.next();
    expect(reader.state() == RequestReader::State::idle, "it is no two requests");
}

void check_url(const std::string_view url) {
    const auto destination = outgoing::parse_destination(url);
    if (destination) check_host(destination->origin.host);
    if (destination && !is_refused(outgoing::classify_host(destination->origin.host)))
        check_request(*destination);

    const auto judged = [url](const bool allow_http) {
        const auto judgement = api::check_webhook_url(url);
        return judgement ? api::check_webhook_scheme(url, allow_http) : judgement;
    };
    const auto https_only = judged(false);
    const auto accepted = judged(true);
    for (const auto& judgement : {https_only, accepted})
        if (!judgement) expect(is_one_line(judgement.error().message), "a refusal is one line");
    if (accepted) {
        expect(destination.has_value(), "what a webhook may have can be sent to");
        expect(!is_refused(outgoing::classify_host(destination->origin.host)),
               "its host is a name or an address");
    }
    if (https_only) expect(accepted && destination->origin.tls, "https is taken where http is");
}

}  // namespace

void try_input(const std::string_view input) {
    check_host(input);
    check_network(input);
    check_url(input);
}

}  // namespace gateway::fuzz
