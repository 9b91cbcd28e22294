#include "server/command/webhook.hpp"

#include "server/api/webhooks.hpp"
#include "server/command/administration.hpp"
#include "server/command/line_parts.hpp"
#include "server/command/rules.hpp"
#include "storage/tables/apps.hpp"

#include <array>
#include <iostream>

namespace gateway::command {

namespace {

struct CreateOptions {
    std::string app_id;
    std::string url;
    std::string token_source;  ///< TOKEN, @FILE or -
    std::vector<std::string> events;
};

struct ListOptions {
    std::string app_id;
    OutputFormat format = OutputFormat::text;
};

struct ShowOptions {
    std::string id;
    OutputFormat format = OutputFormat::text;
};

int create(const Settings& settings, const CreateOptions& options) {
    auto database = open_database(settings);
    const api::CreateWebhookRequest request{
        .app_id = options.app_id,
        .url = {options.url},
        .verification_token = {read_verification_token(options.token_source)},
        .events = event_set_of(options.events)};
    const CommandServices services(settings);
    const auto created = require(database.write([&](storage::Transaction& transaction) {
        require_app(transaction, options.app_id);
        return api::create_webhook(transaction, request, services.get());
    }));
    std::cout << created.webhook.id << '\n';
    return 0;
}

int list(const Settings& settings, const ListOptions& options) {
    constexpr std::array<std::string_view, 5> columns{"id", "active", "last_http_code", "url", "events"};
    auto database = open_database(settings);
    const auto webhooks = database.read([&](storage::Snapshot& snapshot) {
        return storage::list_webhooks(snapshot, require_app(snapshot, options.app_id).id);
    });
    return print_readable(options.format, columns, webhooks, row_of);
}

int show(const Settings& settings, const ShowOptions& options) {
    auto database = open_database(settings);
    const auto webhook =
        database.read([&](storage::Snapshot& snapshot) { return require_webhook(snapshot, options.id); });
    print_webhook(options.format, webhook);
    return 0;
}

void add_create(CLI::App& parent, Invocation& invocation) {
    auto* const command = add_command(parent, "create", "Add a webhook, not yet active, and print its id");
    auto& options = when_chosen(*command, invocation, create);
    add_app_option(*command, options.app_id, "The app that it belongs to")->required();
    add_text(*command, "--url", options.url,
             "Where the events are sent: https, or http with webhooks.allow_http or an app in dev mode")
        ->required()
        ->type_name("URL");
    add_token_option(*command, options.token_source)->required();
    add_event_option(*command, options.events);
}

void add_list(CLI::App& parent, Invocation& invocation) {
    auto* const command = add_command(parent, "list", "Print the webhooks of an app, oldest first");
    auto& options = when_chosen(*command, invocation, list);
    add_app_option(*command, options.app_id, "The app")->required();
    add_json_flag(*command, options.format);
}

void add_show(CLI::App& parent, Invocation& invocation) {
    auto* const command = add_command(parent, "show", "Print one webhook");
    auto& options = when_chosen(*command, invocation, show);
    add_id(*command, options.id, "The webhook, web_...");
    add_json_flag(*command, options.format);
}

}  // namespace

void add_webhook(CLI::App& line, Invocation& invocation) {
    auto* const webhook = add_command(line, "webhook", "Administer the webhooks that events are sent to");
    webhook->require_subcommand(1);
    add_create(*webhook, invocation);
    add_list(*webhook, invocation);
    add_show(*webhook, invocation);
    add_webhook_changes(*webhook, invocation);
    add_webhook_test(*webhook, invocation);
}

}  // namespace gateway::command
