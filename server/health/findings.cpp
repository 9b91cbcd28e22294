#include "server/health/findings.hpp"

#include <utility>

namespace gateway::health {

void Findings::replace(std::vector<Finding> findings) {
    const std::lock_guard lock(mutex_);
    findings_ = std::move(findings);
}

std::vector<Finding> Findings::all() const {
    const std::lock_guard lock(mutex_);
    return findings_;
}

std::string Findings::troubles() const {
    std::string line;
    for (const auto& [part, trouble] : all()) {
        if (trouble.empty()) continue;
        if (!line.empty()) line += "; ";
        line.append(part).append(": ").append(trouble);
    }
    return line;
}

}  // namespace gateway::health
