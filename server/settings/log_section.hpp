// The section [log].
#pragma once

namespace gateway {

enum class LogLevel { trace, debug, info, warning, error };

/// `automatic` ("auto" in the file): text on a terminal, JSON lines otherwise.
enum class LogFormat { automatic, text, json };

struct LogSettings {
    LogLevel level = LogLevel::info;
    LogFormat format = LogFormat::automatic;

    friend bool operator==(const LogSettings&, const LogSettings&) = default;
};

}  // namespace gateway
