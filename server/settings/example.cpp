#include "server/settings/settings.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace gateway {

namespace {

constexpr std::string_view introduction =
    "Configuration of session-gateway. Every setting is here with its default: a line may be changed, or "
    "left out.\n"
    "\n"
    "  session-gateway serve --config /etc/session-gateway/session-gateway.toml\n"
    "  session-gateway check-config --config ...    shows every value in effect and where it comes from\n"
    "  session-gateway check-config --defaults      prints this file\n"
    "\n"
    "Each setting can be overridden by an environment variable (SESSION_GATEWAY_SERVER_PORT=9000 for "
    "server.port), and "
    "that by --set server.port=9000 on the command line.\n"
    "\n"
    "Durations: \"500ms\", \"10s\", \"2m\", \"1h\", \"90d\". Sizes: \"512B\", \"64KiB\", \"1MiB\", \"1GiB\", "
    "or an integer for "
    "bytes. A relative path counts from the folder of this file (from the working directory when it is given "
    "in the "
    "environment or with --set). A value that is not allowed, or a name that is not known, stops the start "
    "with one "
    "line that says where.\n"
    "\n"
    "A running daemon takes changes up with `session-gateway reload` (or SIGHUP), all or nothing; what needs "
    "a "
    "restart "
    "says so.";

/// As comments, wrapped at words.
void add_comment(std::string& file, std::string_view text) {
    constexpr std::size_t width = 118;
    while (!text.empty()) {
        std::size_t end = text.find('\n');
        if (std::min(end, text.size()) > width) end = text.rfind(' ', width);
        const auto line = text.substr(0, end);
        file.append(line.empty() ? "#" : "# ").append(line).append("\n");
        text.remove_prefix(std::min(line.size() + 1, text.size()));
    }
}

/// A description as a sentence: one that begins with the value it explains ("full: …") stays as it is.
std::string sentence(std::string text) {
    const bool begins_with_value = text[text.find(' ') - 1] == ':';
    if (!begins_with_value && text.front() >= 'a' && text.front() <= 'z') text.front() -= 'a' - 'A';
    return text + '.';
}

}  // namespace

std::string example_file() {
    std::string file;
    add_comment(file, introduction);
    std::string section;
    for (const auto& setting : describe_settings()) {
        const auto dot = setting.key.find('.');
        if (setting.key.substr(0, dot) != section) {
            section = setting.key.substr(0, dot);
            file += "\n[" + section + "]\n";
        }
        file += '\n';
        add_comment(file,
                    sentence(setting.description) + (setting.advice.empty() ? "" : " " + setting.advice));
        add_comment(file,
                    "Allowed: " + setting.allowed + (setting.needs_restart ? ". Needs a restart." : "."));
        file += setting.key.substr(dot + 1) + " = " + setting.default_value + '\n';
    }
    return file;
}

}  // namespace gateway
