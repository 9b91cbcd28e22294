// What the subcommands of `user` share.
#pragma once

#include "server/api/users.hpp"
#include "server/command/administration.hpp"
#include "server/command/rules.hpp"
#include "storage/engine/transaction.hpp"

#include <CLI/CLI.hpp>

#include <iostream>
#include <string>
#include <utility>
#include <vector>

namespace gateway::command {

/// Those that change a user: update-profile, set-status, set-external-id, add-identifier, remove-identifier,
/// delete.
void add_user_changes(CLI::App& user, Invocation& invocation);

/// add-scope, remove-scope.
void add_user_scopes(CLI::App& user, Invocation& invocation);

/// `user erase`.
void add_user_erasure(CLI::App& user, Invocation& invocation);

/// Which user.
struct UserOptions {
    std::string app_id;
    std::string user_id;
    OutputFormat format = OutputFormat::text;
};

/// `--app ID`, required, and the user by place.
void add_user_id(CLI::App& command, UserOptions& options);

/// A change to one user; its request is read as one of the API is.
struct ChangeOptions : UserOptions {
    api::TextFields fields{};  ///< those that may be left out
};

/// Identifiers as the command line has them, not judged yet.
struct IdentifierOptions {
    std::vector<std::string> email_addresses;
    std::vector<std::string> phone_numbers;

    /// As a request has them: [{"type": …, "value": …}].
    [[nodiscard]] boost::json::array json() const;
};

/// `--email-address ADDRESS` and `--phone-number NUMBER`, which may be repeated; a group of their own.
CLI::Option_group* add_identifier_options(CLI::App& command, IdentifierOptions& options);

/// The same, each once.
CLI::Option_group* add_one_identifier(CLI::App& command, IdentifierOptions& options);

/// `--correlation-id ID`.
void add_correlation_id(CLI::App& command, api::TextFields& fields);

/// All that is known of a user.
Row row_of(const api::User& user);

/// The request of `options` with this body.
template <class Request>
Request read_change(const ChangeOptions& options, const std::string& body) {
    api::RequestSource source{options.fields, body};
    source.texts.push_back({"app_id", options.app_id});
    source.texts.push_back({"user_id", options.user_id});
    return require(api::read_request<Request>(source));
}

/// Makes the change in an app that may have events, and prints the user as they are then.
template <class Change>
int change_and_print(const Settings& settings, const ChangeOptions& options, const Change& change) {
    auto database = open_database(settings);
    const CommandServices services(settings);
    const auto changed =
        require(database.write([&](storage::Transaction& transaction) -> Result<api::UserResponse> {
            require_enabled_app(transaction, options.app_id);
            const Result<void> outcome = change(transaction, services.get());
            if (outcome.has_error()) return outcome.error();
            return api::get_user(transaction, {options.app_id, options.user_id});
        }));
    print_one(std::cout, options.format, row_of(changed.user));
    return 0;
}

/// A subcommand on one user that prints them in the end.
template <class Options>
std::pair<CLI::App&, Options&> add_user_change(CLI::App& parent, Invocation& invocation,
                                               const std::string& name, const std::string& description,
                                               int (*const act)(const Settings&, const Options&)) {
    auto* const command = parent.add_subcommand(name, description);
    auto& options = when_chosen(*command, invocation, act);
    add_user_id(*command, options);
    add_json_flag(*command, options.format);
    return {*command, options};
}

}  // namespace gateway::command
