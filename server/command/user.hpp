// What the subcommands of `user` share.
#pragma once

#include "server/api/users.hpp"
#include "server/command/administration.hpp"

#include <string>
#include <vector>

namespace gateway::command {

/// Those that change a user: update-profile, set-status, set-external-id, add-identifier, remove-identifier,
/// delete.
void add_user_changes(CLI::App& user, Invocation& invocation);

/// Which user.
struct UserOptions {
    std::string app_id;
    std::string user_id;
    OutputFormat format = OutputFormat::text;
};

/// `--app ID`, required, and the user by place.
void add_user_id(CLI::App& command, UserOptions& options);

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

}  // namespace gateway::command
