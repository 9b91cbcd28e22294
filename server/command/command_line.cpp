#include "server/command/command_line.hpp"

#include "server/command/subcommand.hpp"
#include "server/text/quote.hpp"
#include "server/version.hpp"

#include <CLI/CLI.hpp>

#include <cstdlib>
#include <iostream>
#include <optional>
#include <unistd.h>

namespace gateway::command {

namespace {

constexpr int success = 0;
constexpr int failure = 1;

struct GlobalOptions {
    std::optional<std::string> config;
    std::vector<std::string> overrides;
};

void add_global_options(CLI::App& line, GlobalOptions& options) {
    line.add_option("--config", options.config,
                    "Read the settings from this file (else from $SESSION_GATEWAY_CONFIG)")
        ->type_name("FILE");
    line.add_option("--set", options.overrides,
                    "Override one setting, e.g. --set server.port=9000; may be repeated")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
    line.set_version_flag("--version", "session-gateway " + std::string(version()),
                          "Print the version and exit");
    line.set_help_flag("-h,--help", "Print this help and exit");
}

/// An empty name is a slip (a variable of a script that is not set), not a wish for the defaults.
std::optional<std::filesystem::path> config_file(const GlobalOptions& options) {
    std::optional<std::string> name = options.config;
    std::string origin = "--config";
    const char* const from_environment = std::getenv(config_file_variable);
    if (!name && from_environment) {
        name = from_environment;
        origin = config_file_variable;
    }
    if (name && name->empty())
        throw SettingsError(origin + ": found \"\", expected the path of the configuration file");
    return name;
}

LoadedSettings load(const GlobalOptions& options) {
    return load_settings({config_file(options), settings_environment(environ), options.overrides});
}

std::string settings_help() {
    std::string text =
        "Settings, with their defaults. They stand in the file, in environment variables that win over it\n"
        "(SESSION_GATEWAY_SERVER_PORT for server.port), or behind --set, which wins over both:";
    for (const auto& setting : describe_settings()) {
        text.append("\n  ").append(setting.key).append(" = ").append(setting.default_value);
        text.append("\n      ").append(setting.description).append(" (").append(setting.allowed).append(")");
    }
    return text;
}

/// What is wrong with the command line. Of an argument that is none CLI11 says something else where a
/// subcommand or an option is missing as well.
std::string fault_of(const CLI::App& line, const CLI::ParseError& error) {
    const auto unknown = line.remaining(true);
    if (unknown.empty()) return error.what();
    return "unknown argument \"" + unknown.front() + "\"";
}

/// One line, safe on a terminal, whatever the text was.
void complain(std::string message) {
    for (char& c : message) {
        if (c == '\n' || c == '\r') c = ' ';
    }
    std::cerr << "session-gateway: " << printable(message) << std::endl;
}

}  // namespace

int run(const int argc, const char* const* const argv) {
    CLI::App line(
        "A self-hosted webhook gateway: the Prelude Session Management API in one daemon on one SQLite file.",
        "session-gateway");
    line.fallthrough();  // the global options may stand behind the subcommand; inherited by those added below
    line.require_subcommand(1);
    line.footer(
        "Settings: `session-gateway --help` lists them, `session-gateway check-config` those in effect.");

    GlobalOptions options;
    Invocation invocation;
    add_global_options(line, options);
    add_serve(line, invocation);
    add_status(line, invocation);
    add_doctor(line, invocation);
    add_reload(line, invocation);
    add_migrate(line, invocation);
    add_check_config(line, invocation);
    add_openapi(line, invocation);
    add_proto(line, invocation);
    add_app(line, invocation);
    add_token(line, invocation);
    add_webhook(line, invocation);
    add_event(line, invocation);
    add_user(line, invocation);
    add_session(line, invocation);
    add_scope(line, invocation);
    add_delivery(line, invocation);
    add_attempt(line, invocation);
    add_key(line, invocation);
    add_replay(line, invocation);
    add_secrets(line, invocation);
    add_backup(line, invocation);
    add_database(line, invocation);
    add_listen(line, invocation);
    add_health(line, invocation);
    add_completion(line, invocation);
    add_manual(line, invocation);
    line.footer(settings_help());  // only here: the subcommands have taken over the other one

    try {
        line.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        const bool asked_for = error.get_exit_code() == success;  // the help, or the version
        if (asked_for) return line.exit(error);
        complain(fault_of(line, error) + "; --help tells more");
        return wrong_usage;
    }
    try {
        const int status = invocation.action(load(options));
        std::cout.flush();
        if (!std::cout) throw Failure("cannot write to standard output");
        return status;
    } catch (const std::exception& error) {
        complain(error.what());
        return failure;
    }
}

std::string url_of(const boost::asio::ip::tcp::endpoint& endpoint) {
    const auto address = endpoint.address().to_string();
    const auto host = endpoint.address().is_v6() ? "[" + address + "]" : address;
    return "http://" + host + ":" + std::to_string(endpoint.port());
}

storage::CommandDatabase open_database(const Settings& settings) {
    return {settings.database.path, system_now};
}

}  // namespace gateway::command
