#include "server/command/line_parts.hpp"

#include <CLI/CLI.hpp>

namespace gateway::command {

CLI::App* add_command(CLI::App& parent, const std::string& name, const std::string& description) {
    return parent.add_subcommand(name, description);
}

CLI::Option* add_text(CLI::App& command, const std::string& name, std::string& text,
                      const std::string& description) {
    return command.add_option(name, text, description);
}

CLI::Option* add_text(CLI::App& command, const std::string& name, std::optional<std::string>& text,
                      const std::string& description) {
    return command.add_option(name, text, description);
}

CLI::Option* add_text(CLI::App& command, const std::string& name, std::filesystem::path& text,
                      const std::string& description) {
    return command.add_option(name, text, description);
}

CLI::Option* add_texts(CLI::App& command, const std::string& name, std::vector<std::string>& texts,
                       const std::string& description) {
    return command.add_option(name, texts, description);
}

CLI::Option* add_switch(CLI::App& command, const std::string& name, bool& is_there,
                        const std::string& description) {
    return command.add_flag(name, is_there, description);
}

}  // namespace gateway::command
