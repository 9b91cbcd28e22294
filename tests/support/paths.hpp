// Where the tests find what they do not make themselves.
#pragma once

#include <filesystem>

namespace gateway::test {

/// The top of the source tree.
std::filesystem::path source_folder();

/// The program under test.
std::filesystem::path binary();

}  // namespace gateway::test
