#include "server/api/events.hpp"
#include "server/command/administration.hpp"
#include "server/command/json_source.hpp"
#include "server/command/line_parts.hpp"
#include "server/command/rules.hpp"

#include <CLI/CLI.hpp>

#include <iostream>
#include <string>

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

int publish(const Settings& settings, const PublishOptions& options) {
    const auto body = R"({"payload":)" + read_json(options.payload, "payload") + "}";
    api::RequestSource source{options.fields, body};
    source.texts.push_back({"app_id", options.app_id});
    source.texts.push_back({"type", options.type});
    const auto request = require(api::read_request<api::PublishEventsRequest>(source));
    auto database = open_database(settings);
    const CommandServices services(settings);
    const auto published = require(
        database.write([&](storage::Transaction& transaction) -> Result<api::PublishedEventsResponse> {
            require_enabled_app(transaction, options.app_id);
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

void add_publish(CLI::App& parent, Invocation& invocation) {
    auto* const command = add_command(
        parent, "publish", "Publish an event to the webhooks that are subscribed to it, and print its id");
    auto& options = when_chosen(*command, invocation, publish);
    add_app_option(*command, options.app_id, "The app that it happened in")->required();
    add_text(*command, "--type", options.type, "What happened, e.g. user.created")
        ->required()
        ->check(is_event_type())
        ->type_name("TYPE");
    add_json_source(*command, "--payload", options.payload, "The payload")->required();
    add_field(*command, options.fields, "id", "An id of your own: the same one again publishes nothing again",
              "ID");
    add_field(*command, options.fields, "correlation_id", "Delivered in the payload", "ID");
}

void add_example(CLI::App& parent, Invocation& invocation) {
    auto* const command = add_command(parent, "example", "Print a payload that has all fields of its type");
    auto& options = when_chosen(*command, invocation, example);
    add_text(*command, "TYPE", options.type, "The event type, e.g. user.created")
        ->required()
        ->check(is_event_type());
}

}  // namespace

void add_event(CLI::App& line, Invocation& invocation) {
    auto* const event = add_command(line, "event", "Publish events");
    event->require_subcommand(1);
    add_publish(*event, invocation);
    add_example(*event, invocation);
}

}  // namespace gateway::command
