// Runs the real binary to its end, as a shell would.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace gateway::test {

/// What the binary is given.
struct Launch {
    std::vector<std::string> arguments;
    std::filesystem::path folder;  ///< the working directory
    /// Added to the environment of the test, of which what begins with SESSION_GATEWAY_ is left out.
    std::vector<std::pair<std::string, std::string>> environment;
    std::string input;          ///< its standard input
    std::vector<int> closed{};  ///< which of its standard streams are closed
    std::string stop_at{};      ///< once it has printed this it is sent SIGTERM; empty: never
    /// It is killed when it takes longer.
    std::chrono::milliseconds time_limit{30'000};
    std::string program{};  ///< a path, or a name that is looked for in PATH; empty: the binary
};

/// What it gave.
struct Outcome {
    int status = 0;  ///< as `$?` in a shell: 128 and the signal where one ended it
    std::string out;
    std::string err;
};

/// Runs the binary that was built with these tests, or another program. Throws std::runtime_error, with its
/// output, when the time limit is overrun, and std::system_error.
Outcome run_program(const Launch& launch);

}  // namespace gateway::test
