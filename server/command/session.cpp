#include "server/api/user_sessions.hpp"
#include "server/command/json_source.hpp"
#include "server/command/line_parts.hpp"
#include "server/command/rules.hpp"
#include "server/command/user.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>

#include <array>
#include <iostream>
#include <string>
#include <vector>

namespace gateway::command {

namespace json = boost::json;

namespace {

using storage::Transaction;

struct CreateOptions : ChangeOptions {
    IdentifierOptions identifier;
    std::string metadata;  ///< @FILE or -; empty for none
};

struct RevokeOptions : ChangeOptions {
    std::string session_id;
};

int create(const Settings& settings, const CreateOptions& options) {
    auto body = R"({"identifier":)" + json::serialize(options.identifier.json().at(0));
    if (!options.metadata.empty()) body += R"(,"metadata":)" + read_json(options.metadata, "metadata");
    const auto request = read_change<api::CreateUserSessionRequest>(options, body + "}");
    auto database = open_database(settings);
    const CommandServices services(settings);
    const auto created = require(database.write([&](Transaction& transaction) {
        require_enabled_app(transaction, options.app_id);
        return api::create_user_session(transaction, request, services.get());
    }));
    std::cout << created.session.id << '\n';
    return 0;
}

int list(const Settings& settings, const UserOptions& options) {
    constexpr std::array<std::string_view, 3> columns{"id", "created_at", "last_seen_at"};
    auto database = open_database(settings);
    const CommandServices services(settings);
    auto reporting = services.get();
    int status = 0;
    reporting.report_unreadable = report_omissions(status);
    const auto found = require(database.read([&](storage::Snapshot& snapshot) {
        require_app(snapshot, options.app_id);
        return api::list_user_sessions(snapshot, {options.app_id, options.user_id}, reporting);
    }));
    std::vector<Row> rows;
    rows.reserve(found.sessions.size());
    for (const auto& session : found.sessions)
        rows.push_back(row_of(session));
    print_list(std::cout, options.format, columns, rows);
    return status;
}

/// Makes a change that prints nothing, in an app that may have events.
template <auto change, class Request>
int make_change(const Settings& settings, const Request& request) {
    auto database = open_database(settings);
    const CommandServices services(settings);
    require(database.write([&](Transaction& transaction) {
        require_enabled_app(transaction, request.app_id);
        return change(transaction, request, services.get());
    }));
    return 0;
}

int revoke(const Settings& settings, const RevokeOptions& options) {
    const auto body = json::serialize(json::object{{"session_id", options.session_id}});
    return make_change<api::revoke_user_session>(settings,
                                                 read_change<api::RevokeUserSessionRequest>(options, body));
}

int revoke_all(const Settings& settings, const ChangeOptions& options) {
    return make_change<api::revoke_user_sessions>(settings,
                                                  read_change<api::RevokeUserSessionsRequest>(options, "{}"));
}

void add_create(CLI::App& parent, Invocation& invocation) {
    auto* const command = add_command(parent, "create", "Let a user in and print the session's id");
    auto& options = when_chosen(*command, invocation, create);
    add_user_id(*command, options);
    add_one_identifier(*command, options.identifier)->require_option(1);
    add_json_source(*command, "--metadata", options.metadata, "Goes into the event: a few short texts");
    add_correlation_id(*command, options.fields);
}

void add_list(CLI::App& parent, Invocation& invocation) {
    auto* const command = add_command(parent, "list", "Print the live sessions of a user, newest first");
    auto& options = when_chosen(*command, invocation, list);
    add_user_id(*command, options);
    add_json_flag(*command, options.format);
}

void add_revoke(CLI::App& parent, Invocation& invocation) {
    auto* const command = add_command(parent, "revoke", "End a session");
    auto& options = when_chosen(*command, invocation, revoke);
    add_user_id(*command, options);
    add_text(*command, "SESSION", options.session_id, "The session, ses_...")->required()->type_name("");
    add_correlation_id(*command, options.fields);
}

void add_revoke_all(CLI::App& parent, Invocation& invocation) {
    auto* const command = add_command(parent, "revoke-all", "End all sessions of a user");
    auto& options = when_chosen(*command, invocation, revoke_all);
    add_user_id(*command, options);
    add_correlation_id(*command, options.fields);
}

}  // namespace

void add_session(CLI::App& line, Invocation& invocation) {
    auto* const session = add_command(line, "session", "Administer the live sessions of users");
    session->require_subcommand(1);
    add_create(*session, invocation);
    add_list(*session, invocation);
    add_revoke(*session, invocation);
    add_revoke_all(*session, invocation);
}

}  // namespace gateway::command
