#include "server/command/subcommand.hpp"
namespace gateway::command { void add_token(CLI::App&, Invocation&) {} }
