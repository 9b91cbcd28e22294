#include "server/command/command_tree.hpp"

#include <CLI/CLI.hpp>

#include <utility>

namespace gateway::command {

namespace {

std::string name_of(const CLI::Option& option) {
    if (!option.nonpositional()) return option.get_name(true);
    const auto& names = option.get_lnames();
    return names.empty() ? "-" + option.get_snames().front() : "--" + names.front();
}

std::string type_of(const CLI::Option& option) {
    return option.get_expected_max() > 0 && option.nonpositional() ? option.get_type_name() : std::string();
}

/// Also what stands in groups, which CLI11 keeps as subcommands without a name.
void add_words(CommandLevel& level, const CLI::App& app) {
    for (const auto* const option : app.get_options()) {
        const bool is_inherited = option == app.get_help_ptr() && !level.path.empty();
        if (is_inherited) continue;
        auto& words = option->nonpositional() ? level.options : level.arguments;
        words.push_back({name_of(*option), type_of(*option), option->get_description()});
    }
    for (const auto* const part : app.get_subcommands([](const CLI::App*) { return true; })) {
        if (part->get_name().empty()) {
            add_words(level, *part);
        } else {
            level.subcommands.push_back({part->get_name(), {}, part->get_description()});
        }
    }
}

void add_levels(std::vector<CommandLevel>& levels, const CLI::App& app, const std::string& path) {
    CommandLevel level{path, app.get_description(), {}, {}, {}};
    add_words(level, app);
    levels.push_back(std::move(level));
    for (const auto* const part : app.get_subcommands([](const CLI::App*) { return true; })) {
        if (part->get_name().empty()) continue;
        add_levels(levels, *part, path.empty() ? part->get_name() : path + " " + part->get_name());
    }
}

}  // namespace

std::vector<CommandLevel> levels_of(const CLI::App& line) {
    std::vector<CommandLevel> levels;
    add_levels(levels, line, {});
    return levels;
}

}  // namespace gateway::command
