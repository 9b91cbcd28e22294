// What a process has used, as /proc tells it.
#pragma once

#include <map>
#include <string>
#include <sys/types.h>

namespace gateway::bench {

/// CPU time, user and system, in microseconds of each of its threads, added up by their names.
std::map<std::string, double> cpu_by_thread(pid_t process);

/// Anonymous resident memory in MiB.
double anonymous_memory(pid_t process);

}  // namespace gateway::bench
