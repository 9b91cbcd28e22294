// Stands in for libFuzzer in the other builds: tries each file of the folders that are named, once. Fails
// where there is none.

#include "tests/fuzz/target.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

int main(const int count, const char* const* const arguments) {
    int files = 0;
    for (int i = 1; i < count; ++i) {
        for (const auto& file : std::filesystem::directory_iterator(arguments[i])) {
            std::cout << file.path().filename().string()
                      << std::endl;  // seen also where the next line aborts
            std::ifstream stream(file.path(), std::ios::binary);
            gateway::fuzz::try_input(std::string(std::istreambuf_iterator<char>(stream), {}));
            ++files;
        }
    }
    return files > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
