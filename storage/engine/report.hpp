// How the storage tells the operator what happened, without knowing where a log goes.
#pragma once

#include <functional>
#include <string>

namespace gateway::storage {

enum class Severity { info, warning, error };

/// Called from the storage's own threads, rarely: when a state changes, not for each failure.
using Report = std::function<void(Severity, const std::string& message)>;

}  // namespace gateway::storage
