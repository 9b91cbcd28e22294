// What is not counted but there: read whenever somebody asks for it.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace gateway::metrics {

/// One value, named by Prometheus' rules: base units, `_total` where it only grows.
struct Reading {
    std::string name;  ///< readings of one name stand behind each other
    std::string help;
    double value = 0;
    std::pair<std::string, std::string> label = {};  ///< name and value; empty for none
};

using Readings = std::vector<Reading>;

}  // namespace gateway::metrics
