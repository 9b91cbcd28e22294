// The log: structured lines, formatted where they arise and written by a thread of its own.
#pragma once

#include "server/log/line.hpp"
#include "server/settings/log_section.hpp"
#include "storage/values/timestamp.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace gateway {

/// Where the lines go, and how many may wait.
struct LogOutput {
    /// Open for as long as the log lives; not closed by it. The default is stderr.
    int file = 2;
    /// Bytes of lines that may wait: 0.3 s of request lines at 50,000/s. Lines over it are dropped and
    /// counted.
    std::size_t queue = std::size_t{4} * 1024 * 1024;
    /// How long the destructor may go on writing what is left, before it gives the rest up.
    std::chrono::milliseconds patience{1000};
};

/// One line (format_line() says how it looks) for each call, from any thread, I/O threads too: a call formats
/// the line and puts it into a bounded queue; it never waits for the output. A thread of the log's own
/// writes, 0.1 s later at most, and at once for a warning or an error. What finds the queue full, or cannot
/// be written, is dropped; a later line `log lines dropped count=…` tells how many. An output that fails or
/// takes nothing costs lines, nothing else. The destructor writes what is left.
class Log {
  public:
    /// Lines below settings.level are not written. Throws std::system_error where no thread can be started.
    Log(const LogSettings& settings, Clock clock, const LogOutput& output = {});
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;
    ~Log();

    void trace(const std::string_view message, const LogFields fields = {}) {
        write(LogLevel::trace, message, fields);
    }

    void debug(const std::string_view message, const LogFields fields = {}) {
        write(LogLevel::debug, message, fields);
    }

    void info(const std::string_view message, const LogFields fields = {}) {
        write(LogLevel::info, message, fields);
    }

    void warning(const std::string_view message, const LogFields fields = {}) {
        write(LogLevel::warning, message, fields);
    }

    void error(const std::string_view message, const LogFields fields = {}) {
        write(LogLevel::error, message, fields);
    }

    void write(const LogLevel level, const std::string_view message, const LogFields fields = {}) {
        if (enabled(level)) write_enabled(level, message, fields);
    }

    /// Whether lines of that level are written; for a caller whose fields are dear.
    [[nodiscard]] bool enabled(const LogLevel level) const noexcept {
        return level >= level_.load(std::memory_order_relaxed);
    }

    /// Level and format of the lines from now on. Any thread.
    void apply(const LogSettings& settings) noexcept;

    /// Waits until the lines so far are written, at most LogOutput::patience: for a process that is about to
    /// end without the destructor.
    void drain();

    /// Lines dropped since the start.
    [[nodiscard]] std::uint64_t dropped() const noexcept;

  private:
    class Sink;

    void write_enabled(LogLevel level, std::string_view message, LogFields fields);

    const int file_;
    std::atomic<LogLevel> level_;
    std::atomic<LogFormat> format_;  ///< never `automatic`
    const Clock clock_;
    const std::unique_ptr<Sink> sink_;
};

}  // namespace gateway
