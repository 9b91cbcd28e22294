// The subcommands that have something sent again, or for a trial.

#include "server/api/deliveries.hpp"
#include "server/api/replays.hpp"
#include "server/api/test_event.hpp"
#include "server/command/administration.hpp"
#include "server/command/line_parts.hpp"
#include "server/command/rules.hpp"
#include "server/command/webhook.hpp"
#include "server/text/quote.hpp"

#include <CLI/CLI.hpp>

#include <iostream>

namespace gateway::command {

namespace {

using storage::Snapshot;
using storage::Transaction;

struct RetryOptions {
    std::string webhook_id;
    std::string event_id;
    OutputFormat format = OutputFormat::text;
};

struct TestOptions {
    std::string webhook_id;
    std::string event;
};

struct ReplayOptions {
    std::string webhook_id;
    api::TextFields filters;
    bool dry_run = false;
    OutputFormat format = OutputFormat::text;
};

struct ReplayIdOptions {
    std::string id;
    OutputFormat format = OutputFormat::text;
};

int retry(const Settings& settings, const RetryOptions& options) {
    auto database = open_database(settings);
    const CommandServices services(settings);
    const auto outcome = require(database.write([&](Transaction& transaction) {
        const auto webhook = require_webhook(transaction, options.webhook_id);
        return api::retry_delivery(transaction, {webhook.app_id, webhook.id, options.event_id},
                                   services.get());
    }));
    print_one(std::cout, options.format, row_of(outcome.delivery));
    return 0;
}

int send_test(const Settings& settings, const TestOptions& options) {
    auto database = open_database(settings);
    const CommandServices services(settings);
    const auto outcome = require(database.write([&](Transaction& transaction) {
        const auto webhook = require_webhook(transaction, options.webhook_id);
        const auto type = parse_event_type(options.event).value();
        return api::send_test_event(transaction, {webhook.app_id, webhook.id, type}, services.get());
    }));
    std::cout << outcome.event.id << '\n';
    return 0;
}

Result<api::ReplayDeliveriesRequest> request_of(Snapshot& snapshot, const ReplayOptions& options) {
    const auto webhook = require_webhook(snapshot, options.webhook_id);
    api::RequestSource source{options.filters, std::nullopt};
    source.texts.push_back({"app_id", webhook.app_id});
    source.texts.push_back({"webhook_id", webhook.id});
    return api::read_request<api::ReplayDeliveriesRequest>(source);
}

int count_replay(const Settings& settings, const ReplayOptions& options) {
    auto database = open_database(settings);
    const auto matched = require(database.read([&](Snapshot& snapshot) -> Result<std::size_t> {
        const auto request = request_of(snapshot, options);
        if (request.has_error()) return request.error();
        const auto replay = api::plan_replay(snapshot, *request);
        if (replay.has_error()) return replay.error();
        std::size_t count = 0;
        storage::ReplayPart part{.events = {}, .position = replay->position};
        while (!part.is_last) {
            part = storage::next_part(snapshot, *replay, part.position);
            count += part.events.size();
        }
        return count;
    }));
    std::cout << matched << '\n';
    return 0;
}

int start_replay(const Settings& settings, const ReplayOptions& options) {
    if (options.dry_run) return count_replay(settings, options);
    auto database = open_database(settings);
    const CommandServices services(settings);
    const auto outcome = require(database.write([&](Transaction& transaction) -> Result<api::ReplayResponse> {
        const auto request = request_of(transaction, options);
        if (request.has_error()) return request.error();
        return api::begin_replay(transaction, *request, services.get());
    }));
    std::cout << outcome.replay.id.value() << '\n';
    return 0;
}

/// The request for a replay, by its id alone.
api::ReplayRequest require_replay(Snapshot& snapshot, const std::string& id) {
    const auto replay = storage::find_replay(snapshot, id);
    const auto webhook = replay ? storage::find_webhook_by_number(snapshot, replay->webhook) : std::nullopt;
    if (!webhook)
        throw Failure("there is no replay " + quote(id) + "; the view replay_overview has them all");
    return {webhook->app_id, webhook->id, id};
}

int show_replay(const Settings& settings, const ReplayIdOptions& options) {
    auto database = open_database(settings);
    const auto outcome = require(database.read(
        [&](Snapshot& snapshot) { return api::get_replay(snapshot, require_replay(snapshot, options.id)); }));
    print_one(std::cout, options.format, row_of(outcome.replay));
    return 0;
}

int cancel_replay(const Settings& settings, const ReplayIdOptions& options) {
    auto database = open_database(settings);
    const auto outcome = require(database.write([&](Transaction& transaction) {
        return api::cancel_replay(transaction, require_replay(transaction, options.id));
    }));
    print_one(std::cout, options.format, row_of(outcome.replay));
    return 0;
}

void add_start(CLI::App& parent, Invocation& invocation) {
    auto* const command = add_command(
        parent, "start", "Queue a webhook's events of some time again, and print the replay's id");
    auto& options = when_chosen(*command, invocation, start_replay);
    add_webhook_option(*command, options.webhook_id);
    add_field(*command, options.filters, "since", "From this time on, e.g. 2025-03-15T12:00:00Z", "TIME")
        ->required();
    add_field(*command, options.filters, "until", "Before this time; else up to now", "TIME");
    add_field(*command, options.filters, "status", "Only those that are pending, delivered or expired",
              "STATUS");
    add_field(*command, options.filters, "type", "Only those of this type of event, e.g. user.created",
              "TYPE");
    add_switch(*command, "--dry-run", options.dry_run, "Only print how many they are");
}

void add_by_id(CLI::App& parent, Invocation& invocation, const std::string& name,
               const std::string& description, int (*const act)(const Settings&, const ReplayIdOptions&)) {
    auto* const command = add_command(parent, name, description);
    auto& options = when_chosen(*command, invocation, act);
    add_id(*command, options.id, "The replay, rpl_...");
    add_json_flag(*command, options.format);
}

}  // namespace

void add_retry(CLI::App& delivery, Invocation& invocation) {
    auto* const command =
        add_command(delivery, "retry", "Send an event to a webhook again at once, whatever became of it");
    auto& options = when_chosen(*command, invocation, retry);
    add_webhook_option(*command, options.webhook_id);
    add_text(*command, "EVENT", options.event_id, "The event, evt_...")->required()->type_name("");
    add_json_flag(*command, options.format);
}

void add_webhook_test(CLI::App& webhook, Invocation& invocation) {
    auto* const command =
        add_command(webhook, "test", "Send an example of an event to a webhook alone, and print its id");
    auto& options = when_chosen(*command, invocation, send_test);
    add_id(*command, options.webhook_id, "The webhook, web_...");
    add_event_type(*command, options.event);
}

void add_replay(CLI::App& line, Invocation& invocation) {
    auto* const replay = add_command(line, "replay", "Queue a webhook's events of some time again");
    replay->require_subcommand(1);
    add_start(*replay, invocation);
    add_by_id(*replay, invocation, "show", "Print a replay and how far it is", show_replay);
    add_by_id(*replay, invocation, "cancel", "End a replay; what it has queued stays queued", cancel_replay);
}

}  // namespace gateway::command
