#include "server/command/command_tree.hpp"
#include "server/command/subcommand.hpp"

#include <CLI/CLI.hpp>

#include <iostream>
#include <string_view>

namespace gateway::command {

namespace {

// Each script finds out which subcommand the words before the cursor name, and offers what may follow it.
// Where a level is named in a script, it is by its path with a blank in front: "", " app", " app create".

std::string label(const CommandLevel& level) {
    return level.path.empty() ? "''" : "' " + level.path + "'";
}

/// In single quotes, `escape` standing for each of those in it.
std::string quoted(const std::string_view text, const std::string_view escape) {
    std::string result = "'";
    for (const char c : text) {
        if (c == '\'') {
            result += escape;
        } else {
            result += c;
        }
    }
    return result + "'";
}

/// Subcommands and options of a level, with the options of the whole line.
std::vector<CommandWord> words_at(const std::vector<CommandLevel>& levels, const CommandLevel& level) {
    auto words = level.subcommands;
    words.insert(words.end(), level.options.begin(), level.options.end());
    const auto& of_line = levels.front().options;
    if (!level.path.empty()) words.insert(words.end(), of_line.begin(), of_line.end());
    return words;
}

std::string labels(const std::vector<CommandLevel>& levels, const std::string_view separator) {
    std::string all;
    for (const auto& level : levels) {
        if (level.path.empty()) continue;
        all.append(all.empty() ? "" : separator).append(label(level));
    }
    return all;
}

std::string bash_script(const std::vector<CommandLevel>& levels) {
    std::string script =
        "_session_gateway() {\n    local word command= words=\n"
        "    for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n        case \"$command $word\" in\n"
        "            " +
        labels(levels, " | ") + ") command+=\" $word\" ;;\n        esac\n    done\n    case $command in\n";
    for (const auto& level : levels) {
        script += "        " + label(level) + ") words='";
        for (const auto& word : words_at(levels, level))
            script += word.name + " ";
        script += "' ;;\n";
    }
    return script +
           "    esac\n    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- "
           "\"${COMP_WORDS[COMP_CWORD]}\")\n}\n"
           "complete -o bashdefault -o default -F _session_gateway session-gateway\n";
}

std::string zsh_script(const std::vector<CommandLevel>& levels) {
    std::string script =
        "#compdef session-gateway\n\n_session_gateway() {\n    local word command=\n    local -a found\n"
        "    for word in \"${(@)words[2,CURRENT-1]}\"; do\n        case \"$command $word\" in\n"
        "            (" +
        labels(levels, "|") + ") command+=\" $word\" ;;\n        esac\n    done\n    case \"$command\" in\n";
    for (const auto& level : levels) {
        script += "        (" + label(level) + ") found=(\n";
        for (const auto& word : words_at(levels, level))
            script += "            " + quoted(word.name + ":" + word.description, "'\\''") + "\n";
        script += "            ) ;;\n";
    }
    return script +
           "    esac\n    _describe session-gateway found || _files\n}\n\n"
           "if [[ $funcstack[1] == _session-gateway ]]; then\n    _session_gateway \"$@\"\nelse\n"
           "    compdef _session_gateway session-gateway\nfi\n";
}

std::string fish_script(const std::vector<CommandLevel>& levels) {
    std::string script =
        "function __session_gateway_words\n    set -l command ''\n    for word in (commandline -opc)[2..]\n"
        "        if contains -- \"$command $word\" " +
        labels(levels, " ") +
        "\n            set command \"$command $word\"\n        end\n    end\n"
        "    switch $command\n";
    for (const auto& level : levels) {
        script += "        case " + label(level) + "\n            printf '%s\\t%s\\n'";
        for (const auto& word : words_at(levels, level))
            script += " \\\n                " + word.name + " " + quoted(word.description, "\\'");
        script += "\n";
    }
    return script + "    end\nend\ncomplete -c session-gateway -a '(__session_gateway_words)'\n";
}

}  // namespace

void add_completion(CLI::App& line, Invocation& invocation) {
    using Script = std::string (*)(const std::vector<CommandLevel>&);
    auto* const command =
        line.add_subcommand("completion", "Print what completes the command line in a shell");
    command->require_subcommand(1);
    const auto add = [&](const std::string& name, const std::string& description, const Script script) {
        command->add_subcommand(name, description)->callback([&line, &invocation, script] {
            invocation.action = [&line, script](const LoadedSettings&) {
                std::cout << script(levels_of(line));
                return 0;
            };
        });
    };
    add("bash", "For bash: source it, or put it into /usr/share/bash-completion/completions", bash_script);
    add("zsh", "For zsh: put it into a folder of $fpath as _session-gateway", zsh_script);
    add("fish", "For fish: put it into ~/.config/fish/completions as session-gateway.fish", fish_script);
}

void add_manual(CLI::App& line, Invocation& invocation) {
    line.add_subcommand("manual", "Print the manual page in the language of man(7), and exit")
        ->callback([&line, &invocation] {
            invocation.action = [&line](const LoadedSettings&) {
                std::cout << manual_page(levels_of(line));
                return 0;
            };
        });
}

}  // namespace gateway::command
