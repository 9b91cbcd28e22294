// A fuzz target: one function that is tried with any bytes.
#pragma once

#include <string_view>

namespace gateway::fuzz {

/// Each target, that is each `<name>_fuzz.cpp`, defines it. Must return for every input, and keep nothing
/// from one to the next.
void try_input(std::string_view input);

/// Ends the program, saying what does not hold, where `holds` is false: the finding of a fuzzer, the failure
/// of a test.
void expect(bool holds, std::string_view what);

/// Whether the text can stand in a line of the log, on a terminal and in a JSON string: valid UTF-8 without
/// control characters.
bool is_one_line(std::string_view text);

}  // namespace gateway::fuzz
