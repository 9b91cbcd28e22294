#include "server/command/line_parts.hpp"
#include "server/command/subcommand.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <iomanip>
#include <iostream>

namespace gateway::command {

namespace {

int print_defaults(const LoadedSettings&) {
    std::cout << example_file();
    return 0;
}

int print_in_effect(const LoadedSettings& loaded) {
    std::size_t key_width = 0;
    std::size_t value_width = 0;
    for (const auto& setting : loaded.effective) {
        key_width = std::max(key_width, setting.key.size());
        value_width = std::max(value_width, setting.value.size());
    }
    std::cout << std::left;
    for (const auto& setting : loaded.effective) {
        std::cout << std::setw(static_cast<int>(key_width)) << setting.key << " = "
                  << std::setw(static_cast<int>(value_width)) << setting.value << "  # " << setting.origin
                  << '\n';
    }
    return 0;
}

}  // namespace

void add_check_config(CLI::App& line, Invocation& invocation) {
    auto* const command = add_command(line, "check-config",
                                      "Print the settings in effect and where each one came from, and exit");
    command->callback([&invocation] { invocation.action = print_in_effect; });
    command->add_flag_callback(
        "--defaults",
        [command, &invocation] { command->callback([&invocation] { invocation.action = print_defaults; }); },
        "Print a file with every setting, its default and what it means instead");
}

}  // namespace gateway::command
