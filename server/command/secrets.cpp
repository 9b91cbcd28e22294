#include "server/command/subcommand.hpp"
#include "storage/secrets/key_rotation.hpp"
#include "storage/values/type_id.hpp"

#include <CLI/CLI.hpp>

#include <iostream>

namespace gateway::command {

namespace {

int rotate(const LoadedSettings& loaded) {
    auto database = open_database(loaded.settings);
    const auto rotation =
        storage::rotate_sealing_key(database, loaded.settings.secrets.key_file, system_random);
    std::cout << "sealed " << rotation.resealed << " secrets under the new key " << rotation.key_id << '\n';
    return 0;
}

}  // namespace

void add_secrets(CLI::App& line, Invocation& invocation) {
    auto* const secrets =
        line.add_subcommand("secrets", "Administer the key that seals secrets in the database");
    secrets->require_subcommand(1);
    auto* const command =
        secrets->add_subcommand("rotate", "Seal every secret under a new key; the daemon may run meanwhile");
    command->callback([&invocation] { invocation.action = rotate; });
}

}  // namespace gateway::command
