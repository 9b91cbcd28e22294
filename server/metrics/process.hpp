// This process as the system sees it.
#pragma once

#include "server/metrics/reading.hpp"

namespace gateway::metrics {

/// Memory, processor time, files and start, by the names that every Prometheus client gives them. Reads
/// /proc/self, a directory of as many entries as there are open files among it; what cannot be read is left
/// out.
Readings process_readings();

}  // namespace gateway::metrics
