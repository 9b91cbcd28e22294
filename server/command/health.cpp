#include "server/command/administration.hpp"
#include "server/command/line_parts.hpp"
#include "server/outgoing/http_client.hpp"
#include "server/outgoing/system_resolver.hpp"
#include "server/outgoing/tls_context.hpp"
#include "server/settings/listen_address.hpp"
#include "server/text/quote.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json/parse.hpp>

#include <chrono>
#include <iostream>
#include <variant>

namespace gateway::command {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

// More than /readyz takes to give up.
constexpr std::chrono::seconds patience{3};

struct HealthOptions {
    std::string url;
};

/// The first of the daemon's addresses that speaks plain HTTP: its certificate is for the names by which
/// others call it.
asio::ip::tcp::endpoint plain_endpoint(const ServerSettings& settings) {
    for (const auto& address : listen_addresses(settings)) {
        const auto* const endpoint = std::get_if<asio::ip::tcp::endpoint>(&address.place);
        if (endpoint != nullptr && !address.tls) return *endpoint;
    }
    throw Failure("server.listen: found no http address, expected one; or say --url");
}

/// Where the daemon of these settings listens, seen from its own machine.
std::string own_url(const ServerSettings& settings) {
    const auto endpoint = plain_endpoint(settings);
    if (endpoint.port() == 0) throw Failure("server.port: found 0, expected the daemon's; or say --url");
    auto address = endpoint.address();
    if (address.is_unspecified() && address.is_v4()) address = asio::ip::address_v4::loopback();
    if (address.is_unspecified()) address = asio::ip::address_v6::loopback();
    return url_of({address, endpoint.port()});
}

outgoing::OutgoingResult<outgoing::OutgoingResponse> get(const std::string& url) {
    asio::io_context context(1);
    const outgoing::EgressPolicy anywhere({"0.0.0.0/0", "::/0"});
    outgoing::SystemResolver resolver({.threads = 1, .queue = 1, .threads_of_one = 1, .queue_of_one = 1});
    outgoing::TlsContext tls;
    outgoing::HttpClient client(context, {anywhere, resolver, tls});
    outgoing::OutgoingRequest request;
    request.url = url;
    auto sent = client.send(std::move(request), std::chrono::steady_clock::now() + patience);
    auto response = asio::co_spawn(context, std::move(sent), asio::use_future);
    while (response.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
        context.run_one();
    return response.get();
}

/// An error's message, else the body as it came.
std::string reason_of(const std::string& body) {
    boost::system::error_code error;
    const auto answer = json::parse(body, error);
    const auto* const fields = error ? nullptr : answer.if_object();
    const auto* const message = fields ? fields->if_contains("message") : nullptr;
    const auto* const text = message ? message->if_string() : nullptr;
    return text ? std::string(*text) : quote(body);
}

int health(const Settings& settings, const HealthOptions& options) {
    auto url = options.url.empty() ? own_url(settings.server) : options.url;
    while (url.ends_with('/'))
        url.pop_back();
    url += "/readyz";
    const auto response = get(url);
    if (response.has_error()) {
        const auto& error = response.error();
        throw Failure(url + ": " + std::string(to_string(error.failure)) + ": " + error.detail);
    }
    if (response->status != 200)
        throw Failure(url + " answered " + std::to_string(response->status) + ": " +
                      reason_of(response->body));
    std::cout << "ready\n";
    return 0;
}

}  // namespace

void add_health(CLI::App& line, Invocation& invocation) {
    auto* const command = add_command(
        line, "health", "Ask the running daemon whether it is ready (/readyz); exit 1 where it is not");
    auto& options = when_chosen(*command, invocation, health);
    add_text(*command, "--url", options.url,
             "The daemon's url (default: where the settings have it listen in plain HTTP)")
        ->type_name("URL");
}

}  // namespace gateway::command
