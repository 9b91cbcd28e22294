// What the subcommands share: how each puts itself on the command line, and what it is given when it is
// chosen.
#pragma once

#include "server/settings/settings.hpp"
#include "storage/command_database.hpp"
#include "storage/values/timestamp.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <functional>
#include <stdexcept>
#include <string>

namespace CLI {
class App;
}

namespace gateway::command {

/// The exit status of a command line that asks for nothing that can be done, or lacks a confirmation.
inline constexpr int wrong_usage = 2;

/// A failure that the user can read: what() is one line, and the exit status is 1.
class Failure : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// What a subcommand does; gives the exit status. Its output goes to std::cout.
using Action = std::function<int(const LoadedSettings&)>;

/// Filled by the subcommand that the user chose.
struct Invocation {
    Action action;
};

// Each adds its subcommand to the command line; the invocation must live until the line is parsed and the
// action run.

void add_serve(CLI::App& line, Invocation& invocation);
void add_status(CLI::App& line, Invocation& invocation);
void add_doctor(CLI::App& line, Invocation& invocation);
void add_reload(CLI::App& line, Invocation& invocation);
void add_migrate(CLI::App& line, Invocation& invocation);
void add_check_config(CLI::App& line, Invocation& invocation);
void add_openapi(CLI::App& line, Invocation& invocation);
void add_proto(CLI::App& line, Invocation& invocation);
void add_app(CLI::App& line, Invocation& invocation);
void add_token(CLI::App& line, Invocation& invocation);
void add_key(CLI::App& line, Invocation& invocation);
void add_secrets(CLI::App& line, Invocation& invocation);
void add_webhook(CLI::App& line, Invocation& invocation);
void add_event(CLI::App& line, Invocation& invocation);
void add_user(CLI::App& line, Invocation& invocation);
void add_session(CLI::App& line, Invocation& invocation);
void add_scope(CLI::App& line, Invocation& invocation);
void add_delivery(CLI::App& line, Invocation& invocation);
void add_attempt(CLI::App& line, Invocation& invocation);
void add_backup(CLI::App& line, Invocation& invocation);
void add_database(CLI::App& line, Invocation& invocation);
void add_replay(CLI::App& line, Invocation& invocation);
void add_listen(CLI::App& line, Invocation& invocation);
void add_health(CLI::App& line, Invocation& invocation);

// These print what the whole command line has; it lives until the action has run.

void add_completion(CLI::App& line, Invocation& invocation);
void add_manual(CLI::App& line, Invocation& invocation);

/// "http://127.0.0.1:8080"
std::string url_of(const boost::asio::ip::tcp::endpoint& endpoint);

/// The database of these settings, for a subcommand other than `serve` and `migrate`. Throws
/// storage::DatabaseRefused.
storage::CommandDatabase open_database(const Settings& settings);

}  // namespace gateway::command
