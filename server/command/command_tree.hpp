// The command line as it can be read: its subcommands and options, for completions and the manual page.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace gateway::command {

/// An option, an argument that is known by its place, or a subcommand.
struct CommandWord {
    std::string name;  ///< "--app", "ID", "create"
    std::string type;  ///< what follows an option, e.g. "FILE"; empty for nothing
    std::string description;
};

/// The line itself, or a subcommand of it.
struct CommandLevel {
    std::string path;  ///< "", "app", "app create"
    std::string description;
    std::vector<CommandWord> subcommands;
    std::vector<CommandWord> arguments;
    std::vector<CommandWord> options;  ///< those of the line hold for each of its subcommands
};

/// The line, then each subcommand in front of its own.
std::vector<CommandLevel> levels_of(const CLI::App& line);

/// A manual page in the language of man(7): all of that, and the settings.
std::string manual_page(const std::vector<CommandLevel>& levels);

}  // namespace gateway::command
