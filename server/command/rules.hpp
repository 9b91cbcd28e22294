// What the settings mean to the operations; the daemon and the subcommands read them alike.
#pragma once

#include "server/api/activation_rules.hpp"
#include "server/settings/settings.hpp"

#include <string>

namespace gateway::command {

api::ActivationRules activation_rules(const Settings& settings);

/// What receivers see of us, e.g. "session-gateway/1.0.0".
std::string user_agent();

}  // namespace gateway::command
