#include "server/api/scopes.hpp"
#include "server/command/administration.hpp"
#include "server/command/line_parts.hpp"

#include <CLI/CLI.hpp>

#include <array>
#include <iostream>
#include <string>
#include <vector>

namespace gateway::command {

namespace {

struct ListOptions {
    std::string app_id;
    OutputFormat format = OutputFormat::text;
};

struct ChangeOptions : ListOptions {
    std::string scope;
};

int print_scopes(const OutputFormat format, const api::ScopesResponse& response) {
    constexpr std::array<std::string_view, 1> columns{"scope"};
    std::vector<Row> rows;
    rows.reserve(response.scopes.size());
    for (const auto& scope : response.scopes)
        rows.push_back({{"scope", scope}});
    print_list(std::cout, format, columns, rows);
    return 0;
}

int list(const Settings& settings, const ListOptions& options) {
    auto database = open_database(settings);
    return print_scopes(options.format, require(database.read([&](storage::Snapshot& snapshot) {
                            require_app(snapshot, options.app_id);
                            return api::list_scopes(snapshot, {options.app_id});
                        })));
}

/// Makes a change and prints the scopes as they are then.
template <auto change>
int change_scopes(const Settings& settings, const ChangeOptions& options) {
    const auto scope = require(api::Wire<api::Scope>::parse("scope", options.scope));
    auto database = open_database(settings);
    return print_scopes(options.format, require(database.write([&](storage::Transaction& transaction) {
                            require_app(transaction, options.app_id);
                            return change(transaction, api::ScopeRequest{options.app_id, scope});
                        })));
}

void add_change(CLI::App& parent, Invocation& invocation, const std::string& name,
                const std::string& description, int (*const act)(const Settings&, const ChangeOptions&)) {
    auto* const command = add_command(parent, name, description);
    auto& options = when_chosen(*command, invocation, act);
    add_app_option(*command, options.app_id, "The app")->required();
    add_scope_name(*command, options.scope);
    add_json_flag(*command, options.format);
}

}  // namespace

void add_scope(CLI::App& line, Invocation& invocation) {
    auto* const scope = add_command(line, "scope", "Administer what users of an app may be allowed");
    scope->require_subcommand(1);
    auto* const command = add_command(*scope, "list", "Print the scopes of an app");
    auto& options = when_chosen(*command, invocation, list);
    add_app_option(*command, options.app_id, "The app")->required();
    add_json_flag(*command, options.format);
    add_change(*scope, invocation, "add", "Add a scope to an app", change_scopes<api::add_scope>);
    add_change(*scope, invocation, "remove", "Remove a scope from an app and from its users",
               change_scopes<api::remove_scope>);
}

}  // namespace gateway::command
