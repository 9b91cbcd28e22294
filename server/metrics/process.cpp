#include "server/metrics/process.hpp"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string_view>
#include <sys/resource.h>
#include <unistd.h>

namespace gateway::metrics {

namespace {

namespace fs = std::filesystem;

/// What /proc/self/stat counts, as proc(5) numbers it: field 14 is the first here.
struct Statistics {
    double user_ticks = 0;
    double system_ticks = 0;
    double start_ticks = 0;  ///< after the system's own start
    double virtual_bytes = 0;
    double resident_pages = 0;
};

std::optional<Statistics> read_statistics() {
    std::ifstream file("/proc/self/stat");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto name_end = text.rfind(')');  // the second field, of any characters
    if (name_end == std::string::npos) return std::nullopt;
    std::istringstream rest(text.substr(name_end + 1));
    constexpr int before_user_ticks = 11;
    constexpr int before_start_ticks = 6;
    std::string skipped;
    for (int i = 0; i < before_user_ticks; ++i)
        rest >> skipped;
    Statistics statistics;
    rest >> statistics.user_ticks >> statistics.system_ticks;
    for (int i = 0; i < before_start_ticks; ++i)
        rest >> skipped;
    rest >> statistics.start_ticks >> statistics.virtual_bytes >> statistics.resident_pages;
    return rest ? std::optional(statistics) : std::nullopt;
}

/// Seconds of Unix time.
std::optional<double> system_start() {
    std::ifstream file("/proc/stat");
    for (std::string line; std::getline(file, line);) {
        constexpr std::string_view name = "btime ";
        if (line.starts_with(name)) return std::stod(line.substr(name.size()));
    }
    return std::nullopt;
}

std::optional<double> open_files() {
    std::error_code error;
    const fs::directory_iterator files("/proc/self/fd", error);
    if (error) return std::nullopt;
    return static_cast<double>(std::distance(begin(files), end(files)) - 1);  // without the directory itself
}

}  // namespace

Readings process_readings() {
    Readings readings;
    if (const auto statistics = read_statistics()) {
        const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
        readings.push_back({"process_cpu_seconds_total", "Processor time of user and system, in seconds.",
                            (statistics->user_ticks + statistics->system_ticks) / ticks});
        readings.push_back(
            {"process_virtual_memory_bytes", "Address space in use.", statistics->virtual_bytes});
        readings.push_back({"process_resident_memory_bytes", "Memory in use.",
                            statistics->resident_pages * static_cast<double>(::sysconf(_SC_PAGESIZE))});
        if (const auto start = system_start())
            readings.push_back({"process_start_time_seconds", "When the process started, in Unix time.",
                                *start + statistics->start_ticks / ticks});
    }
    if (const auto count = open_files())
        readings.push_back({"process_open_fds", "File descriptors that are open.", *count});
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0)
        readings.push_back(
            {"process_max_fds", "File descriptors that may be open.", static_cast<double>(limit.rlim_cur)});
    return readings;
}

}  // namespace gateway::metrics
