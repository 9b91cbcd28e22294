#include "server/command/subcommand.hpp"
namespace gateway::command { void add_webhook(CLI::App&, Invocation&) {} }
