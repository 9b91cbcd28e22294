// How many files the daemon may have open.
#pragma once

#include "server/log/log.hpp"

#include <cstddef>

namespace gateway::command {

/// Raises the process's limit, where it can, to what so many connections take beside what the daemon opens
/// itself; each is a file descriptor. Never lowers it; warns where it stays too low.
void raise_file_limit(std::size_t connections, Log& log);

}  // namespace gateway::command
