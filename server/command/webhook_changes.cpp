#include "server/api/activation.hpp"
#include "server/api/webhooks.hpp"
#include "server/command/administration.hpp"
#include "server/command/line_parts.hpp"
#include "server/command/rules.hpp"
#include "server/command/webhook.hpp"
#include "server/delivery/challenge.hpp"
#include "server/outgoing/http_client.hpp"
#include "server/outgoing/system_resolver.hpp"
#include "server/outgoing/tls_context.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <iostream>
#include <optional>

namespace gateway::command {

namespace {

using storage::Transaction;

struct IdOptions {
    std::string id;
    OutputFormat format = OutputFormat::text;
};

struct UpdateOptions : IdOptions {
    std::optional<std::string> url;
    std::string token_source;  ///< TOKEN, @FILE or -; empty for none
    std::vector<std::string> events;
    bool no_events = false;
};

struct EventOptions : IdOptions {
    std::string event;
};

struct DeleteOptions {
    std::string id;
    bool confirmed = false;
};

/// Runs `change(transaction, request)` on the webhook and prints it as it is then.
template <class Change>
int change_and_print(const Settings& settings, const IdOptions& options, const Change& change) {
    auto database = open_database(settings);
    const auto webhook = require(database.write([&](Transaction& transaction) -> Result<storage::Webhook> {
        const auto before = require_webhook(transaction, options.id);
        const auto changed = change(transaction, api::WebhookRequest{before.app_id, before.id});
        if (changed.has_error()) return changed.error();
        return require_webhook(transaction, options.id);
    }));
    print_webhook(options.format, webhook);
    return 0;
}

int update(const Settings& settings, const UpdateOptions& options) {
    api::UpdateWebhookRequest wanted;
    if (options.url) wanted.url = {*options.url};
    if (!options.token_source.empty())
        wanted.verification_token = {read_verification_token(options.token_source)};
    if (!options.events.empty() || options.no_events) wanted.events = event_set_of(options.events);
    const CommandServices services(settings);
    return change_and_print(settings, options,
                            [&](Transaction& transaction, const api::WebhookRequest& webhook) {
                                wanted.app_id = webhook.app_id;
                                wanted.webhook_id = webhook.webhook_id;
                                return api::update_webhook(transaction, wanted, services.get());
                            });
}

int deactivate(const Settings& settings, const IdOptions& options) {
    return change_and_print(settings, options, api::deactivate_webhook);
}

int add_event(const Settings& settings, const EventOptions& options) {
    return change_and_print(
        settings, options, [&](Transaction& transaction, const api::WebhookRequest& webhook) {
            return api::add_webhook_event(
                transaction, {webhook.app_id, webhook.webhook_id, parse_event_type(options.event).value()});
        });
}

int remove_event(const Settings& settings, const EventOptions& options) {
    return change_and_print(
        settings, options, [&](Transaction& transaction, const api::WebhookRequest& webhook) {
            return api::remove_webhook_event(
                transaction, {webhook.app_id, webhook.webhook_id, parse_event_type(options.event).value()});
        });
}

/// Sends the challenge from this process, under the same policy as the daemon.
outgoing::OutgoingResult<void> send_challenge(const Settings& settings,
                                              const delivery::Challenge& challenge) {
    boost::asio::io_context context(1);
    const outgoing::EgressPolicy policy(settings.delivery.allow_networks, settings.delivery.deny_networks);
    outgoing::TlsContext tls(settings.delivery.ca_file);
    outgoing::SystemResolver resolver;
    outgoing::HttpClient client(context, {policy, resolver, tls}, {.user_agent = user_agent()});

    const auto deadline = std::chrono::steady_clock::now() + settings.delivery.timeout;
    std::optional<outgoing::OutgoingResult<void>> answer;
    const auto finish = [&](const std::exception_ptr& error, outgoing::OutgoingResult<void> result) {
        if (error) std::rethrow_exception(error);
        answer = std::move(result);
        client.stop();
    };
    boost::asio::co_spawn(context, delivery::send_challenge(client, challenge, deadline), finish);
    context.run();
    return answer.value();
}

/// Sends the challenge and notes what it came to. However that fails, the activation does not go on counting
/// as under way, unless the database cannot be written at all.
api::ActivationEnd challenge_and_end(const Settings& settings, storage::CommandDatabase& database,
                                     const api::Activation& activation, const api::Services& services) {
    try {
        const auto answer = send_challenge(settings, *activation.challenge);
        auto end = database.write([&](Transaction& transaction) {
            return api::end_activation(transaction, activation, answer, services);
        });
        // Unlike a caller of the API, the operator may see what the step ran into.
        if (answer.has_error() && end.refusal.code == ErrorCode::webhook_activation_failed) {
            end.refusal.message.pop_back();
            end.refusal.message += ": " + answer.error().detail;
        }
        return end;
    } catch (...) {
        const auto abandon = [&](Transaction& transaction) {
            api::abandon_activation(transaction, activation);
            return true;
        };
        database.write(abandon);
        throw;
    }
}

int activate(const Settings& settings, const IdOptions& options) {
    auto database = open_database(settings);
    const CommandServices services(settings);
    const auto activation = require(database.write([&](Transaction& transaction) {
        const auto webhook = require_webhook(transaction, options.id);
        return api::begin_activation(transaction, {webhook.app_id, webhook.id}, services.get());
    }));
    if (!activation.challenge) {
        print_webhook(options.format, activation.webhook);
        return 0;
    }
    const auto end = challenge_and_end(settings, database, activation, services.get());
    if (!end.webhook) throw Failure(end.refusal.message);
    print_webhook(options.format, *end.webhook);
    return 0;
}

int remove(const Settings& settings, const DeleteOptions& options) {
    auto database = open_database(settings);
    if (!options.confirmed) {
        std::cerr << "session-gateway: this deletes the webhook for good; confirm with --yes\n";
        return wrong_usage;
    }
    require(database.write([&](Transaction& transaction) {
        const auto webhook = require_webhook(transaction, options.id);
        return api::delete_webhook(transaction, {webhook.app_id, webhook.id});
    }));
    return 0;
}

/// A subcommand on one webhook that prints it in the end.
template <class Options>
Options& add_change(CLI::App& parent, Invocation& invocation, const std::string& name,
                    const std::string& description, int (*const act)(const Settings&, const Options&)) {
    auto* const command = add_command(parent, name, description);
    auto& options = when_chosen(*command, invocation, act);
    add_id(*command, options.id, "The webhook, web_...");
    add_json_flag(*command, options.format);
    return options;
}

void add_update(CLI::App& parent, Invocation& invocation) {
    auto& options = add_change(parent, invocation, "update",
                               "Change a webhook; another url or token makes it inactive", update);
    auto* const command = parent.get_subcommand("update");
    auto* const wanted = command->add_option_group("changes", "At least one of");
    add_text(*wanted, "--url", options.url, "Where the events are sent")->type_name("URL");
    add_token_option(*wanted, options.token_source);
    auto* const events = add_event_option(*wanted, options.events);
    add_switch(*wanted, "--no-events", options.no_events, "Subscribe it to nothing")->excludes(events);
    wanted->require_option(1, 0);
}

void add_event_change(CLI::App& parent, Invocation& invocation, const std::string& name,
                      const std::string& description,
                      int (*const act)(const Settings&, const EventOptions&)) {
    auto& options = add_change(parent, invocation, name, description, act);
    add_event_type(*parent.get_subcommand(name), options.event);
}

void add_delete(CLI::App& parent, Invocation& invocation) {
    auto* const command = add_command(parent, "delete", "Delete a webhook and all that hangs on it");
    auto& options = when_chosen(*command, invocation, remove);
    add_id(*command, options.id, "The webhook, web_...");
    add_switch(*command, "--yes", options.confirmed, "Really do it");
}

}  // namespace

void add_webhook_changes(CLI::App& webhook, Invocation& invocation) {
    add_update(webhook, invocation);
    add_change(webhook, invocation, "activate", "Activate a webhook: its receiver has to answer a challenge",
               activate);
    add_change(webhook, invocation, "deactivate", "Deactivate a webhook", deactivate);
    add_event_change(webhook, invocation, "add-event", "Subscribe a webhook to an event", add_event);
    add_event_change(webhook, invocation, "remove-event", "Unsubscribe a webhook from an event",
                     remove_event);
    add_delete(webhook, invocation);
}

}  // namespace gateway::command
