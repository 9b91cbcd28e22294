// The command line of the binary: `session-gateway <subcommand> …`.
#pragma once

namespace gateway::command {

/// Parses the command line, runs the subcommand and gives the exit status: 0, 1 for a failure (one line on
/// stderr), 2 for wrong usage.
int run(int argc, const char* const* argv);

}  // namespace gateway::command
