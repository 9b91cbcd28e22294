#include "tests/support/metrics_text.hpp"

#include <sstream>

namespace gateway::test {

std::optional<double> metric(const std::string& text, const std::string_view line) {
    std::istringstream lines(text);
    for (std::string found; std::getline(lines, found);) {
        const auto value = found.rfind(' ');
        if (std::string_view(found).substr(0, value) == line) return std::stod(found.substr(value + 1));
    }
    return std::nullopt;
}

}  // namespace gateway::test
