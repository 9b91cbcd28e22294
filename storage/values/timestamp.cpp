#include "storage/values/timestamp.hpp"

#include <algorithm>
#include <cstddef>
#include <stdexcept>

namespace gateway {

namespace {

using std::chrono::days;
using std::chrono::milliseconds;

constexpr std::string_view shape = "0000-00-00T00:00:00.000Z";

/// Writes `value` right-aligned into text[begin, begin + width), over the zeros that are there.
void put_digits(std::string& text, const std::size_t begin, const std::size_t width, unsigned value) {
    for (std::size_t at = begin + width; value != 0; value /= 10)
        text[--at] = static_cast<char>('0' + value % 10);
}

unsigned number_at(const std::string_view text, const std::size_t begin, const std::size_t width) {
    unsigned value = 0;
    for (const char digit : text.substr(begin, width))
        value = value * 10 + static_cast<unsigned>(digit - '0');
    return value;
}

bool is_digit(const char character) {
    return character >= '0' && character <= '9';
}

bool has_the_shape(const std::string_view text) {
    if (text.size() != shape.size()) return false;
    for (std::size_t at = 0; at < shape.size(); ++at)
        if (is_digit(shape[at]) ? !is_digit(text[at]) : text[at] != shape[at]) return false;
    return true;
}

}  // namespace

Timestamp system_now() {
    return std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now());
}

Timestamp time_of_change(const Timestamp before, const Timestamp now) {
    return std::max(now, before + milliseconds(1));
}

std::string format_timestamp(const Timestamp time) {
    const auto day = std::chrono::floor<days>(time);
    // Compared as days: the calendar's own year wraps for times far from here.
    constexpr std::chrono::sys_days first{std::chrono::year{0} / 1 / 1};
    constexpr std::chrono::sys_days end{std::chrono::year{10000} / 1 / 1};
    if (day < first || day >= end) throw std::out_of_range("a time outside the years 0000 to 9999");

    const std::chrono::year_month_day date{day};
    const auto in_day = static_cast<unsigned>((time - day).count());
    std::string text{shape};
    put_digits(text, 0, 4, static_cast<unsigned>(static_cast<int>(date.year())));
    put_digits(text, 5, 2, static_cast<unsigned>(date.month()));
    put_digits(text, 8, 2, static_cast<unsigned>(date.day()));
    put_digits(text, 11, 2, in_day / 3'600'000);
    put_digits(text, 14, 2, in_day / 60'000 % 60);
    put_digits(text, 17, 2, in_day / 1000 % 60);
    put_digits(text, 20, 3, in_day % 1000);
    return text;
}

std::optional<Timestamp> parse_timestamp(const std::string_view text) {
    if (!has_the_shape(text)) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year{static_cast<int>(number_at(text, 0, 4))},
                                           std::chrono::month{number_at(text, 5, 2)},
                                           std::chrono::day{number_at(text, 8, 2)}};
    const std::chrono::hours hour{number_at(text, 11, 2)};
    const std::chrono::minutes minute{number_at(text, 14, 2)};
    const std::chrono::seconds second{number_at(text, 17, 2)};
    if (!date.ok() || hour.count() > 23 || minute.count() > 59 || second.count() > 59) return std::nullopt;
    return std::chrono::sys_days{date} + hour + minute + second + milliseconds{number_at(text, 20, 3)};
}

}  // namespace gateway
