#include "server/command/subcommand.hpp"
namespace gateway::command { void add_app(CLI::App&, Invocation&) {} }
