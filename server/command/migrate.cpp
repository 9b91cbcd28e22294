#include "server/command/line_parts.hpp"
#include "server/command/rules.hpp"
#include "server/command/subcommand.hpp"
#include "storage/prepared_database.hpp"

#include <CLI/CLI.hpp>

#include <iomanip>
#include <iostream>

namespace gateway::command {

namespace {

int print_status(const Settings& settings) {
    for (const auto& row : storage::migration_status(settings.database.path, system_now)) {
        std::cout << std::setw(4) << std::setfill('0') << row.number << "  " << row.name << "  "
                  << (row.applied_at ? "applied " + format_timestamp(*row.applied_at) : "pending") << '\n';
    }
    return 0;
}

int migrate(const Settings& settings) {
    const storage::PreparedDatabase prepared(settings.database.path, settings.secrets.key_file, system_random,
                                             system_now, preparation_options(settings));
    if (prepared.backup()) std::cout << "made the backup " << prepared.backup()->string() << '\n';
    for (const auto& row : prepared.applied())
        std::cout << "applied " << row.number << ' ' << row.name << '\n';
    if (prepared.applied().empty()) std::cout << "the database is up to date\n";
    return 0;
}

}  // namespace

void add_migrate(CLI::App& line, Invocation& invocation) {
    auto* const command =
        add_command(line, "migrate", "Create the database, or bring it up to date, and exit");
    const auto status = std::make_shared<bool>(false);
    add_switch(*command, "--status", *status,
               "Only print which migrations are applied and which are pending");
    command->callback([&invocation, status] {
        invocation.action = [status](const LoadedSettings& loaded) {
            return *status ? print_status(loaded.settings) : migrate(loaded.settings);
        };
    });
}

}  // namespace gateway::command
