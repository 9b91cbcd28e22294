#include "tests/bench/delivery/process_figures.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <unistd.h>

namespace gateway::bench {

namespace {

std::string content_of(const std::filesystem::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::filesystem::path folder_of(const pid_t process) {
    return std::filesystem::path("/proc") / std::to_string(process);
}

}  // namespace

std::map<std::string, double> cpu_by_thread(const pid_t process) {
    const auto microseconds_of_tick = 1e6 / static_cast<double>(sysconf(_SC_CLK_TCK));
    std::map<std::string, double> used;
    for (const auto& thread : std::filesystem::directory_iterator(folder_of(process) / "task")) {
        const auto text = content_of(thread.path() / "stat");
        const auto open = text.find('(');
        const auto close = text.rfind(')');
        if (close == std::string::npos) continue;  // it has just ended
        std::istringstream fields(text.substr(close + 1));
        std::string skipped;
        for (int i = 0; i < 11; ++i)
            fields >> skipped;
        double user = 0;
        double system = 0;
        fields >> user >> system;
        used[text.substr(open + 1, close - open - 1)] += (user + system) * microseconds_of_tick;
    }
    return used;
}

double anonymous_memory(const pid_t process) {
    const auto text = content_of(folder_of(process) / "status");
    const auto place = text.find("RssAnon:");
    return place == std::string::npos ? 0 : std::stod(text.substr(place + 8)) / 1024;
}

}  // namespace gateway::bench
