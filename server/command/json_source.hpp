// JSON that a subcommand is given in a file or on standard input.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <string_view>

namespace gateway::command {

/// `--<option> @FILE|-`.
CLI::Option* add_json_source(CLI::App& command, const std::string& option, std::string& source,
                             const std::string& description);

/// The JSON that `@FILE` or `-` (standard input) stands for, without white space between its tokens. Throws
/// Failure for what cannot be read or is none; `what` names it there, e.g. "payload".
std::string read_json(const std::string& source, std::string_view what);

}  // namespace gateway::command
