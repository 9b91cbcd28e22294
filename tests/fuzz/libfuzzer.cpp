// What libFuzzer calls, in the fuzz build.

#include "tests/fuzz/target.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, const std::size_t size) {
    gateway::fuzz::try_input({reinterpret_cast<const char*>(data), size});
    return 0;
}
