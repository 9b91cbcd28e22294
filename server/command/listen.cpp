#include "server/command/administration.hpp"
#include "server/command/development_receiver.hpp"
#include "server/command/line_parts.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <iostream>

namespace gateway::command {

namespace asio = boost::asio;

namespace {

int listen(const Settings&, const ReceiverOptions& options) {
    asio::io_context context(1);
    DevelopmentReceiver receiver(context, options, std::cout);
    asio::signal_set stop(context, SIGINT, SIGTERM);
    stop.async_wait([&receiver](const boost::system::error_code& error, int) {
        if (!error) receiver.stop();
    });
    std::cout << "session-gateway receiving on " << url_of(receiver.endpoint()) << std::endl;
    context.run();
    return 0;
}

std::vector<std::uint8_t> parse_secret(const std::string& text) {
    if (auto secret = read_webhook_secret(text)) return *std::move(secret);
    // Not repeated: it may be a secret all the same.
    throw CLI::ValidationError("--secret", "expected whsec_ and base64, as getWebhookSecret answers it");
}

std::string address_fault(const std::string& text) {
    boost::system::error_code error;
    asio::ip::make_address(text, error);
    return error ? "expected an IP address to listen on, e.g. 127.0.0.1" : "";
}

std::string gateway_fault(const std::string& text) {
    const bool is_url = text.starts_with("http://") || text.starts_with("https://");
    return is_url ? "" : "expected the daemon's url, e.g. http://127.0.0.1:8080";
}

}  // namespace

void add_listen(CLI::App& line, Invocation& invocation) {
    auto* const command = add_command(
        line, "listen",
        "Receive events, for whoever develops a receiver: answer the challenge, check signatures, "
        "print each event");
    auto& options = when_chosen(*command, invocation, listen);
    command->add_option("--port", options.port, "The port to listen on; 0 takes any free one")->required();
    add_text(*command, "--address", options.address, "The address to listen on")
        ->type_name("IP")
        ->check(address_fault, "")
        ->capture_default_str();
    add_text(*command, "--verification-token", options.verification_token,
             "Refuse a challenge with another token than this (default: answer any)");
    add_text(*command, "--gateway", options.gateway,
             "The daemon's url: check X-Webhook-Signature with the keys it serves for the app")
        ->type_name("URL")
        ->check(gateway_fault, "");
    command
        ->add_option_function<std::string>(
            "--secret", [&options](const std::string& text) { options.secret = parse_secret(text); },
            "The webhook's secret: check webhook-signature (Standard Webhooks)")
        ->type_name("whsec_...");
    add_text(*command, "--save", options.save,
             "Put each delivery there for other tools to check: 1.body and, with what it is signed with, "
             "1.headers, and so on")
        ->type_name("FOLDER")
        ->check(CLI::ExistingDirectory.description(""));
    command
        ->add_option("--answer", options.answer,
                     "Answer every delivery with this status (default: 200, or 401 where a signature that is "
                     "checked is not good)")
        ->type_name("STATUS")
        ->check(CLI::Range(200, 599));
}

}  // namespace gateway::command
