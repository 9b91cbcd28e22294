// Reads what GET /metrics answers.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gateway::test {

/// The value of the line that begins with this name and labels, e.g. `a_total{status="200"}`; nothing where
/// there is no such line.
std::optional<double> metric(const std::string& text, std::string_view line);

}  // namespace gateway::test
