#include "server/command/user.hpp"

#include "server/command/json_source.hpp"
#include "server/command/line_parts.hpp"
#include "server/command/rules.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>

#include <array>
#include <iostream>

namespace gateway::command {

namespace json = boost::json;

namespace {

struct CreateOptions {
    std::string app_id;
    IdentifierOptions identifiers;
    std::string profile;       ///< @FILE or -; empty for none
    api::TextFields fields{};  ///< those that may be left out
};

struct ListOptions {
    std::string app_id;
    IdentifierOptions identifier;
    api::TextFields filters;
    OutputFormat format = OutputFormat::text;
};

std::string body_of(const CreateOptions& options) {
    auto body = R"({"identifiers":)" + json::serialize(options.identifiers.json());
    if (!options.profile.empty()) body += R"(,"profile":)" + read_json(options.profile, "profile");
    return body + "}";
}

int create(const Settings& settings, const CreateOptions& options) {
    const auto body = body_of(options);
    api::RequestSource source{options.fields, body};
    source.texts.push_back({"app_id", options.app_id});
    const auto request = require(api::read_request<api::CreateUserRequest>(source));
    auto database = open_database(settings);
    const CommandServices services(settings);
    const auto created = require(database.write([&](storage::Transaction& transaction) {
        require_enabled_app(transaction, options.app_id);
        return api::create_user(transaction, request, services.get());
    }));
    std::cout << created.id << '\n';
    return 0;
}

int list(const Settings& settings, const ListOptions& options) {
    constexpr std::array<std::string_view, 5> columns{"id", "external_id", "status", "identifiers",
                                                      "created_at"};
    api::RequestSource source{options.filters, std::nullopt};
    source.texts.push_back({"app_id", options.app_id});
    for (const auto& identifier : options.identifier.json()) {
        source.texts.push_back({"identifier_type", identifier.at("type").as_string().c_str()});
        source.texts.push_back({"identifier_value", identifier.at("value").as_string().c_str()});
    }
    const auto request = require(api::read_request<api::ListUsersRequest>(source));
    auto database = open_database(settings);
    const CommandServices services(settings);
    auto reporting = services.get();
    int status = 0;
    reporting.report_unreadable = report_omissions(status);
    const auto page = require(database.read([&](storage::Snapshot& snapshot) {
        require_app(snapshot, options.app_id);
        return api::list_users(snapshot, request, reporting);
    }));
    std::vector<Row> rows;
    rows.reserve(page.users.size());
    for (const auto& user : page.users)
        rows.push_back(row_of(user));
    print_page(options.format, columns, rows, page.next_cursor);
    return status;
}

int show(const Settings& settings, const UserOptions& options) {
    auto database = open_database(settings);
    const auto found = require(database.read([&](storage::Snapshot& snapshot) {
        require_app(snapshot, options.app_id);
        return api::get_user(snapshot, {options.app_id, options.user_id});
    }));
    print_one(std::cout, options.format, row_of(found.user));
    return 0;
}

void add_create(CLI::App& parent, Invocation& invocation) {
    auto* const command = add_command(parent, "create", "Add a user and print their id");
    auto& options = when_chosen(*command, invocation, create);
    add_app_option(*command, options.app_id, "The app that the user logs in to")->required();
    add_identifier_options(*command, options.identifiers)->require_option(1, 2);
    add_json_source(*command, "--profile", options.profile, "What the app keeps of the user");
    add_field(*command, options.fields, "id", "Becomes the user's id (default: a new one)", "UUID");
    add_field(*command, options.fields, "external_id", "The app's own id of the user", "ID");
    add_correlation_id(*command, options.fields);
}

void add_list(CLI::App& parent, Invocation& invocation) {
    auto* const command = add_command(parent, "list", "Print the users of an app, newest first, or find one");
    auto& options = when_chosen(*command, invocation, list);
    add_app_option(*command, options.app_id, "The app")->required();
    add_one_identifier(*command, options.identifier)->require_option(0, 1);
    add_field(*command, options.filters, "external_id", "Only the one with this id", "ID");
    add_field(*command, options.filters, "limit", "How many at most, 1 to 250; 50 when it is not given",
              "NUMBER");
    add_field(*command, options.filters, "cursor", "Go on where an earlier page said", "CURSOR");
    add_json_flag(*command, options.format);
}

void add_show(CLI::App& parent, Invocation& invocation) {
    auto* const command = add_command(parent, "show", "Print one user");
    auto& options = when_chosen(*command, invocation, show);
    add_user_id(*command, options);
    add_json_flag(*command, options.format);
}

}  // namespace

void add_user(CLI::App& line, Invocation& invocation) {
    auto* const user = add_command(line, "user", "Administer the users of an app");
    user->require_subcommand(1);
    add_create(*user, invocation);
    add_list(*user, invocation);
    add_show(*user, invocation);
    add_user_changes(*user, invocation);
    add_user_scopes(*user, invocation);
    add_user_erasure(*user, invocation);
}

}  // namespace gateway::command
