#include "server/command/command_tree.hpp"
#include "server/settings/settings.hpp"
#include "server/version.hpp"

#include <string_view>

namespace gateway::command {

namespace {

/// As man(7) takes it for the words themselves.
std::string plain(const std::string_view text) {
    std::string page;
    bool at_line = true;
    for (const char c : text) {
        if (at_line && (c == '.' || c == '\'')) page += "\\&";
        at_line = c == '\n';
        if (c == '\\') {
            page += "\\e";
        } else if (c == '-') {
            page += "\\-";
        } else {
            page += c;
        }
    }
    return page;
}

void add_item(std::string& page, const std::string_view name, const std::string_view type,
              const std::string_view description) {
    page += ".TP\n\\fB" + plain(name) + "\\fR";
    if (!type.empty()) page += " \\fI" + plain(type) + "\\fR";
    page += "\n" + plain(description) + "\n";
}

void add_words(std::string& page, const std::vector<CommandWord>& words) {
    for (const auto& word : words)
        add_item(page, word.name, word.type, word.description);
}

void add_settings(std::string& page) {
    page +=
        ".SH SETTINGS\nThey stand in the configuration file, in environment variables that win over it,\n"
        "or behind \\fB\\-\\-set\\fR, which wins over both.\n";
    for (const auto& setting : describe_settings()) {
        add_item(page, setting.key, "= " + setting.default_value,
                 setting.description + " (" + setting.allowed + "). Environment: " + setting.variable + ".");
    }
}

}  // namespace

std::string manual_page(const std::vector<CommandLevel>& levels) {
    const auto& line = levels.front();
    std::string page = ".TH SESSION\\-GATEWAY 1 \"\" \"session\\-gateway " + plain(version()) +
                       "\" \"User Commands\"\n.SH NAME\nsession\\-gateway \\- self\\-hosted webhook gateway\n"
                       ".SH SYNOPSIS\n\\fBsession\\-gateway\\fR \\fISUBCOMMAND\\fR [\\fIOPTIONS\\fR]\n"
                       ".SH DESCRIPTION\n" +
                       plain(line.description) + "\n.SH OPTIONS\n";
    add_words(page, line.options);
    page += ".SH SUBCOMMANDS\n";
    for (const auto& level : levels) {
        if (level.path.empty()) continue;
        page += ".SS " + plain(level.path) + "\n" + plain(level.description) + "\n";
        add_words(page, level.arguments);
        add_words(page, level.options);
    }
    add_settings(page);
    page +=
        ".SH EXIT STATUS\n0, 1 for a failure, which is told in one line on standard error, 2 for wrong "
        "usage.\n"
        ".SH FILES\n.TP\n\\fI/etc/session\\-gateway/session\\-gateway.toml\\fR\nThe configuration file of "
        "the "
        "Debian package.\n";
    return page;
}

}  // namespace gateway::command
