// Configuration files: loaded or refused in one line, and what is in effect can be written into a file again.

#include "server/settings/settings.hpp"
#include "tests/fuzz/target.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <sys/mman.h>
#include <unistd.h>

namespace gateway::fuzz {

namespace {

/// A file that needs no disk.
std::filesystem::path memory_file(const std::string_view content) {
    static const int descriptor = ::memfd_create("settings", MFD_CLOEXEC);
    const bool emptied = ::ftruncate(descriptor, 0) == 0;
    const auto written = ::pwrite(descriptor, content.data(), content.size(), 0);
    expect(emptied && written == static_cast<ssize_t>(content.size()), "there is a file in memory");
    return "/proc/self/fd/" + std::to_string(descriptor);
}

std::optional<LoadedSettings> load(const std::string_view content) {
    try {
        return load_settings({.file = memory_file(content)});
    } catch (const SettingsError& error) {
        expect(is_one_line(error.what()), "a refusal is one line");
        return std::nullopt;
    }
}

}  // namespace

void try_input(const std::string_view input) {
    const auto loaded = load(input);
    if (!loaded) return;
    std::string content;
    for (const auto& setting : loaded->effective)
        if (setting.origin != "default")  // whose paths count from the working directory
            content.append(setting.key).append(" = ").append(setting.value).append("\n");
    const auto again = load(content);
    expect(again.has_value(), "what is in effect can be written into a file");
    expect(again->settings == loaded->settings, "a file of what is in effect has the same effect");
}

}  // namespace gateway::fuzz
