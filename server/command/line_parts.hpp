// What subcommands are made of on the command line. All of CLI11 is in its headers, and dear to compile: what
// nearly every subcommand needs of it is compiled once.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace gateway::command {

CLI::App* add_command(CLI::App& parent, const std::string& name, const std::string& description);

/// An option ("--name") or what is named by its place ("NAME").
CLI::Option* add_text(CLI::App& command, const std::string& name, std::string& text,
                      const std::string& description);
CLI::Option* add_text(CLI::App& command, const std::string& name, std::optional<std::string>& text,
                      const std::string& description);
CLI::Option* add_text(CLI::App& command, const std::string& name, std::filesystem::path& text,
                      const std::string& description);

/// One that may be repeated.
CLI::Option* add_texts(CLI::App& command, const std::string& name, std::vector<std::string>& texts,
                       const std::string& description);

/// One that is there or not.
CLI::Option* add_switch(CLI::App& command, const std::string& name, bool& is_there,
                        const std::string& description);

}  // namespace gateway::command
