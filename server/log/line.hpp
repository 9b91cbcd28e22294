// A line of the log: a message with fields, as text or as JSON.
#pragma once

#include "server/settings/log_section.hpp"
#include "storage/values/timestamp.hpp"

#include <chrono>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

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

/// The line with its line feed, as text (`format` says which, and is not automatic)
///
///     2025-03-15T12:00:00.000Z info  event added app=54e9ujn status=201 duration_ms=0.412 agent="curl 8"
///
/// or as a JSON object on a line of its own
///
///     {"time":"2025-03-15T12:00:00.000Z","level":"info","message":"event added","status":201}
///
/// In both, control characters (and those that reorder or break a line) are escaped and what is not UTF-8 is
/// replaced by U+FFFD: whatever a client sends stays within its field.
std::string format_line(LogFormat format, Timestamp time, LogLevel level, std::string_view message,
                        LogFields fields);

}  // namespace gateway
