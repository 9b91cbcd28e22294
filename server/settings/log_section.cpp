#include "server/settings/log_section.hpp"

#include "server/settings/row.hpp"

namespace gateway::setting {

std::vector<Setting> log_rows() {
    return {
        live_row<&Settings::log, &LogSettings::level>(
            "log.level",
            Choice<LogLevel>{{{"trace", LogLevel::trace},
                              {"debug", LogLevel::debug},
                              {"info", LogLevel::info},
                              {"warning", LogLevel::warning},
                              {"error", LogLevel::error}}},
            "the least severe lines that are logged",
            "\"info\" has one line for each request. The log goes to stderr."),
        live_row<&Settings::log, &LogSettings::format>(
            "log.format",
            Choice<LogFormat>{
                {{"auto", LogFormat::automatic}, {"text", LogFormat::text}, {"json", LogFormat::json}}},
            "auto: text on a terminal, JSON lines otherwise", "JSON has one object on each line."),
    };
}

}  // namespace gateway::setting
