#include "server/api/events.hpp"
#include "server/command/administration.hpp"
#include "server/command/rules.hpp"
#include "server/text/plain_text.hpp"
#include "server/text/quote.hpp"

#include <CLI/CLI.hpp>

#include <cerrno>
#include <fstream>
#include <iostream>
#include <string>
#include <system_error>

namespace gateway::command {

namespace {

struct PublishOptions {
    std::string app_id;
    std::string type;
    std::string payload;       ///< @FILE or -
    api::TextFields fields{};  ///< those that may be left out
};

struct ExampleOptions {
    std::string type;
};

/// Of a text that is far too long to be a payload only the beginning, which is too long as well.
std::string read_text(std::istream& in, const std::string& place) {
    constexpr std::size_t enough = 4 * api::payload_limits.bytes;
    std::string text(enough, '\0');
    in.read(text.data(), enough);
    if (in.bad()) throw Failure("cannot read the payload from " + place);
    text.resize(static_cast<std::size_t>(in.gcount()));
    return text.starts_with(byte_order_mark) ? text.substr(byte_order_mark.size()) : text;
}

/// The payload in its request's field, once it is JSON by itself.
std::string body_of(const std::string& source) {
    const auto path = source.substr(source.starts_with('@') ? 1 : 0);
    const auto place = source == "-" ? std::string("standard input") : "the file " + quote(path);
    std::ifstream file;
    if (source != "-") file.open(path, std::ios::binary);
    if (source != "-" && !file) {
        throw Failure("cannot read the payload from " + place + ": " +
                      std::generic_category().message(errno));
    }
    const auto text = source == "-" ? read_text(std::cin, place) : read_text(file, place);
    boost::system::error_code error;
    const auto payload = api::compact_json(text, error);
    if (error) throw Failure("the payload in " + place + " is not JSON: " + error.message());
    return R"({"payload":)" + payload + "}";
}

int publish(const Settings& settings, const PublishOptions& options) {
    const auto body = body_of(options.payload);
    api::RequestSource source{options.fields, body};
    source.texts.push_back({"app_id", options.app_id});
    source.texts.push_back({"type", options.type});
    const auto request = require(api::read_request<api::PublishEventsRequest>(source));
    auto database = open_database(settings);
    const CommandServices services(settings);
    const auto published = require(
        database.write([&](storage::Transaction& transaction) -> Result<api::PublishedEventsResponse> {
            if (!require_app(transaction, options.app_id).sessions_enabled)
                return ApiError{ErrorCode::session_disabled, "sessions are disabled for this app"};
            return api::publish_events(transaction, request, services.get());
        }));
    std::cout << published.events.at(0).id << '\n';
    return 0;
}

int example(const Settings&, const ExampleOptions& options) {
    std::cout << api::example_payload(parse_event_type(options.type).value()) << '\n';
    return 0;
}

CLI::Validator is_event_type() {
    return CLI::IsMember(std::vector<std::string>(event_type_names.begin(), event_type_names.end()));
}

void add_field(CLI::App& command, PublishOptions& options, const std::string& option,
               const std::string_view field, const std::string& description) {
    const auto keep = [&options, field](const std::string& text) { options.fields.push_back({field, text}); };
    command.add_option_function<std::string>(option, keep, description)->type_name("ID");
}

void add_publish(CLI::App& parent, Invocation& invocation) {
    auto* const command = parent.add_subcommand(
        "publish", "Publish an event to the webhooks that are subscribed to it, and print its id");
    auto& options = when_chosen(*command, invocation, publish);
    add_app_option(*command, options.app_id, "The app that it happened in")->required();
    command->add_option("--type", options.type, "What happened, e.g. user.created")
        ->required()
        ->check(is_event_type())
        ->type_name("TYPE");
    command->add_option("--payload", options.payload, "The payload, JSON: @FILE, or - for standard input")
        ->required()
        ->check([](const std::string& source) {
            return source == "-" || source.starts_with('@') ? "" : "expected @FILE or -";
        })
        ->type_name("@FILE|-");
    add_field(*command, options, "--id", "id",
              "An id of your own: the same one again publishes nothing again");
    add_field(*command, options, "--correlation-id", "correlation_id", "Delivered in the payload");
}

void add_example(CLI::App& parent, Invocation& invocation) {
    auto* const command = parent.add_subcommand("example", "Print a payload that has all fields of its type");
    auto& options = when_chosen(*command, invocation, example);
    command->add_option("TYPE", options.type, "The event type, e.g. user.created")
        ->required()
        ->check(is_event_type());
}

}  // namespace

void add_event(CLI::App& line, Invocation& invocation) {
    auto* const event = line.add_subcommand("event", "Publish events");
    event->require_subcommand(1);
    add_publish(*event, invocation);
    add_example(*event, invocation);
}

}  // namespace gateway::command
