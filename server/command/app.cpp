#include "server/api/mode.hpp"
#include "server/command/administration.hpp"
#include "server/command/line_parts.hpp"
#include "server/command/rules.hpp"
#include "storage/tables/api_tokens.hpp"
#include "storage/tables/apps.hpp"
#include "storage/tables/removal.hpp"
#include "storage/tables/webhooks.hpp"
#include "storage/values/type_id.hpp"

#include <algorithm>
#include <array>
#include <iostream>

namespace gateway::command {

namespace {

struct CreateOptions {
    std::optional<std::string> id;
    std::string name;
    std::string mode = "prod";
};

struct ListOptions {
    OutputFormat format = OutputFormat::text;
};

struct ShowOptions {
    std::string id;
    OutputFormat format = OutputFormat::text;
};

struct SwitchOptions {
    std::string id;
};

struct ModeOptions {
    std::string id;
    std::string mode;
};

struct DeleteOptions {
    std::string id;
    bool confirmed = false;
};

Row row_of(const storage::App& app) {
    return {{"id", app.id},
            {"name", app.name},
            {"mode", to_string(app.mode.value())},
            {"sessions_enabled", app.sessions_enabled},
            {"created_at", format_timestamp(app.created_at)},
            {"updated_at", format_timestamp(app.updated_at)}};
}

/// Adds an app under the id that was asked for, else under one that is free. False: events of a former app of
/// this id, whose row somebody deleted by hand, are in the way, and not all of them are gone yet.
bool add(storage::Transaction& transaction, const CreateOptions& options, std::string& id) {
    IdSource ids(system_now, system_random);
    for (id = options.id.value_or(ids.next_app_id()); storage::find_app(transaction, id);
         id = ids.next_app_id()) {
        if (options.id) throw Failure("the app id " + id + " is taken; choose another one");
    }
    return storage::clear_app(transaction, id) &&
           storage::insert_app(transaction, id, options.name, storage::parse_mode(options.mode).value());
}

int create(const Settings& settings, const CreateOptions& options) {
    auto database = open_database(settings);
    std::string id;
    write_in_parts(database,
                   [&](storage::Transaction& transaction) { return add(transaction, options, id); });
    std::cout << id << '\n';
    return 0;
}

int list(const Settings& settings, const ListOptions& options) {
    constexpr std::array<std::string_view, 5> columns{"id", "name", "mode", "sessions_enabled", "created_at"};
    auto database = open_database(settings);
    return print_readable(options.format, columns, database.read(storage::list_apps), row_of);
}

int show(const Settings& settings, const ShowOptions& options) {
    auto database = open_database(settings);
    const auto app =
        database.read([&](storage::Snapshot& snapshot) { return require_app(snapshot, options.id); });
    if (!app.fault.empty()) throw Failure(app.fault);
    print_one(std::cout, options.format, row_of(app));
    return 0;
}

int set_mode(const Settings& settings, const ModeOptions& options) {
    auto database = open_database(settings);
    const api::UpdateModeRequest request{options.id, storage::parse_mode(options.mode).value()};
    require(database.write([&](storage::Transaction& transaction) {
        require_app(transaction, options.id);
        return api::update_mode(transaction, request, settings.webhooks.allow_http);
    }));
    return 0;
}

int set_sessions(const Settings& settings, const SwitchOptions& options, const bool enabled) {
    auto database = open_database(settings);
    database.write([&](storage::Transaction& transaction) {
        require_app(transaction, options.id);
        return storage::set_sessions_enabled(transaction, options.id, enabled);
    });
    return 0;
}

int enable_sessions(const Settings& settings, const SwitchOptions& options) {
    return set_sessions(settings, options, true);
}

int disable_sessions(const Settings& settings, const SwitchOptions& options) {
    return set_sessions(settings, options, false);
}

/// The app and what hangs on it, in words.
std::string inventory(storage::Snapshot& snapshot, const std::string& id) {
    require_app(snapshot, id);
    const auto webhooks = storage::list_webhooks(snapshot, id).size();
    const auto tokens = std::ranges::count(storage::list_tokens(snapshot), id, &storage::ApiToken::app_id);
    return "app " + id + " (webhooks: " + std::to_string(webhooks) +
           ", API tokens: " + std::to_string(tokens) + ")";
}

int ask_for_confirmation(storage::CommandDatabase& database, const std::string& id) {
    const auto doomed = database.read([&](storage::Snapshot& snapshot) { return inventory(snapshot, id); });
    std::cerr << "session-gateway: this deletes " << doomed << " for good; confirm with --yes\n";
    return wrong_usage;
}

/// From now on nothing is published or sent. Its row goes last, so that one who is stopped can begin again.
void close(storage::Transaction& transaction, const std::string& id) {
    storage::set_sessions_enabled(transaction, id, false);
    for (auto& webhook : storage::list_webhooks(transaction, id))
        storage::deactivate_webhook(transaction, webhook);
}

int remove(const Settings& settings, const DeleteOptions& options) {
    auto database = open_database(settings);
    if (!options.confirmed) return ask_for_confirmation(database, options.id);
    const auto deleted = database.write([&](storage::Transaction& transaction) {
        auto doomed = inventory(transaction, options.id);
        close(transaction, options.id);
        return doomed;
    });
    write_in_parts(database, [&](storage::Transaction& transaction) {
        if (!storage::clear_app(transaction, options.id)) return false;
        storage::delete_app(transaction, options.id);
        return true;
    });
    std::cout << "deleted " << deleted << '\n';
    return 0;
}

/// Empty where the text can be the id of an app.
std::string fault_in_app_id(const std::string& text) {
    return storage::is_app_id(text) ? "" : "expected seven lower-case letters and digits, e.g. 54e9ujn";
}

void add_create(CLI::App& parent, Invocation& invocation) {
    auto* const command = add_command(parent, "create", "Add an app, its sessions enabled, and print its id");
    auto& options = when_chosen(*command, invocation, create);
    add_text(*command, "--id", options.id, "Seven lower-case letters and digits (default: random)")
        ->type_name("ID")
        ->check(CLI::Validator(fault_in_app_id, ""));
    add_name_option(*command, options.name);
    add_text(*command, "--mode", options.mode, "prod (the default), or dev, which allows plain http urls")
        ->type_name("MODE")
        ->check(CLI::IsMember({"dev", "prod"}));
}

void add_list(CLI::App& parent, Invocation& invocation) {
    auto* const command = add_command(parent, "list", "Print all apps, oldest first");
    add_json_flag(*command, when_chosen(*command, invocation, list).format);
}

void add_show(CLI::App& parent, Invocation& invocation) {
    auto* const command = add_command(parent, "show", "Print one app");
    auto& options = when_chosen(*command, invocation, show);
    add_id(*command, options.id, "The app");
    add_json_flag(*command, options.format);
}

void add_set_mode(CLI::App& parent, Invocation& invocation) {
    auto* const command = add_command(
        parent, "set-mode",
        "Change what an app is for; back in prod, its webhooks with plain http urls become inactive");
    auto& options = when_chosen(*command, invocation, set_mode);
    add_id(*command, options.id, "The app");
    add_text(*command, "MODE", options.mode, "dev or prod")
        ->required()
        ->check(CLI::IsMember({"dev", "prod"}));
}

void add_switches(CLI::App& parent, Invocation& invocation) {
    auto* const enable = add_command(parent, "enable-sessions", "Have the API serve the app");
    add_id(*enable, when_chosen(*enable, invocation, enable_sessions).id, "The app");
    auto* const disable =
        add_command(parent, "disable-sessions", "Have the API answer 403 session_disabled for the app");
    add_id(*disable, when_chosen(*disable, invocation, disable_sessions).id, "The app");
}

void add_delete(CLI::App& parent, Invocation& invocation) {
    auto* const command =
        add_command(parent, "delete", "Delete an app with its webhooks, API tokens and events");
    auto& options = when_chosen(*command, invocation, remove);
    add_id(*command, options.id, "The app");
    add_switch(*command, "--yes", options.confirmed, "Really do it; without, only say what would be deleted");
}

}  // namespace

void add_app(CLI::App& line, Invocation& invocation) {
    auto* const app = add_command(line, "app", "Administer the apps that the gateway serves");
    app->require_subcommand(1);
    add_create(*app, invocation);
    add_list(*app, invocation);
    add_show(*app, invocation);
    add_set_mode(*app, invocation);
    add_switches(*app, invocation);
    add_delete(*app, invocation);
}

}  // namespace gateway::command
