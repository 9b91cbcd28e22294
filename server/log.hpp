// The log: structured lines, formatted where they arise and written by a thread of its own.
#pragma once

#include "server/settings.hpp"
#include "storage/timestamp.hpp"

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace spdlog {
class logger;
}

namespace gateway {

/// What a field of a log line holds: text, a whole number, a truth, a duration (written as milliseconds with
/// three decimals), or nothing, whereupon the field is left out. Text is not copied: it must live until the
/// line is logged.
class LogValue {
  public:
    using Variant = std::variant<std::monostate, std::string_view, std::int64_t, std::uint64_t, bool,
                                 std::chrono::microseconds>;

    // Implicit throughout, so that a field reads {"status", 201}.
    LogValue(const std::string_view text) : value_(text) {}

    LogValue(const std::string& text) : value_(std::string_view{text}) {}

    LogValue(const char* const text) : value_(std::string_view{text}) {}

    LogValue(const std::same_as<bool> auto truth) : value_(truth) {}

    LogValue(const std::signed_integral auto number) : value_(std::int64_t{number}) {}

    template <std::unsigned_integral T>
        requires(!std::same_as<T, bool>)
    LogValue(const T number) : value_(std::uint64_t{number}) {}

    template <class Rep, class Period>
    LogValue(const std::chrono::duration<Rep, Period> duration)
        : value_(std::chrono::duration_cast<std::chrono::microseconds>(duration)) {}

    template <class T>
    LogValue(const std::optional<T>& value) : value_(value ? LogValue{*value}.value_ : Variant{}) {}

    [[nodiscard]] const Variant& get() const noexcept { return value_; }

  private:
    Variant value_;
};

/// One field of a log line. The key is written as it is: a literal of lower-case letters and underscores,
/// none of `time`, `level` and `message`.
struct LogField {
    std::string_view key;
    LogValue value;
};

using LogFields = std::initializer_list<LogField>;

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

/// One line for each call, as text
///
///     2025-03-15T12:00:00.000Z info  event added app=54e9ujn status=201 duration_ms=0.412 agent="curl 8"
///
/// or as a JSON object on a line of its own
///
///     {"time":"2025-03-15T12:00:00.000Z","level":"info","message":"event added","status":201}
///
/// In both, control characters (and those that reorder or break a line) are escaped and what is not UTF-8 is
/// replaced by U+FFFD: whatever a client sends stays within its field.
///
/// Called from any thread, I/O threads too: a call formats the line and puts it into a bounded queue; it
/// never waits for the output. A thread of the log's own writes, 0.1 s later at most, and at once for a
/// warning or an error. What finds the queue full, or cannot be written, is dropped; a later line `log lines
/// dropped count=…` tells how many. An output that fails or takes nothing costs lines, nothing else. The
/// destructor writes what is left.
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
    [[nodiscard]] bool enabled(const LogLevel level) const noexcept { return level >= level_; }

    /// Waits until the lines so far are written, at most LogOutput::patience: for a process that is about to
    /// end without the destructor.
    void drain();

    /// Lines dropped since the start.
    [[nodiscard]] std::uint64_t dropped() const noexcept;

  private:
    class Sink;

    void write_enabled(LogLevel level, std::string_view message, LogFields fields);

    const LogLevel level_;
    const LogFormat format_;
    const Clock clock_;
    const std::shared_ptr<Sink> sink_;
    const std::unique_ptr<spdlog::logger> logger_;
};

}  // namespace gateway
