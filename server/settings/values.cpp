#include "server/settings/values.hpp"

#include "server/text/plain_text.hpp"
#include "server/text/quote.hpp"

#include <boost/algorithm/hex.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <span>
#include <system_error>

namespace gateway {

namespace {

struct Unit {
    std::string_view name;
    std::int64_t factor;
};

constexpr std::int64_t second = 1000;
constexpr std::int64_t minute = 60 * second;
constexpr std::int64_t hour = 60 * minute;
constexpr std::int64_t kib = 1024;
constexpr std::int64_t mib = 1024 * kib;

// Largest first: formatting takes the first that leaves no rest.
constexpr std::array<Unit, 5> duration_units{{
    {"d", 24 * hour},
    {"h", hour},
    {"m", minute},
    {"s", second},
    {"ms", 1},
}};

constexpr std::array<Unit, 4> size_units{{
    {"GiB", 1024 * mib},
    {"MiB", mib},
    {"KiB", kib},
    {"B", 1},
}};

std::optional<std::int64_t> parse_quantity(std::string_view text, std::span<const Unit> units) noexcept {
    const auto digits = text.substr(0, text.find_first_not_of("0123456789"));
    const auto number = parse_integer(digits);
    const auto unit = std::ranges::find(units, text.substr(digits.size()), &Unit::name);
    if (!number || unit == units.end()) return std::nullopt;
    if (*number > std::numeric_limits<std::int64_t>::max() / unit->factor) return std::nullopt;
    return *number * unit->factor;
}

std::string format_quantity(std::int64_t amount, std::span<const Unit> units) {
    const auto leaves_no_rest = [amount](const Unit& unit) {
        return amount != 0 && amount % unit.factor == 0;
    };
    const auto found = std::ranges::find_if(units, leaves_no_rest);
    const Unit& unit = found == units.end() ? units.back() : *found;
    return std::to_string(amount / unit.factor) + std::string(unit.name);
}

}  // namespace

std::optional<std::int64_t> parse_integer(std::string_view text) noexcept {
    std::int64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || rest != end) return std::nullopt;
    return number;
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) noexcept {
    const auto amount = parse_quantity(text, duration_units);
    if (!amount) return std::nullopt;
    return std::chrono::milliseconds(*amount);
}

std::string format_duration(std::chrono::milliseconds duration) {
    return format_quantity(duration.count(), duration_units);
}

std::optional<std::uint64_t> parse_size(std::string_view text) noexcept {
    auto amount = parse_quantity(text, size_units);
    if (!amount) {
        constexpr std::array<Unit, 1> no_unit{{{"", 1}}};
        amount = parse_quantity(text, no_unit);
    }
    if (!amount) return std::nullopt;
    return static_cast<std::uint64_t>(*amount);
}

std::string format_size(std::uint64_t bytes) {
    return format_quantity(static_cast<std::int64_t>(bytes), size_units);
}

std::string toml_string(std::string_view text) {
    std::string result = "\"";
    for (const char character : text) {
        if (is_control(character)) {
            result += "\\u00" + boost::algorithm::hex_lower(std::string(1, character));
            continue;
        }
        if (character == '"' || character == '\\') result += '\\';
        result += character;
    }
    return result + '"';
}

std::string excerpt(std::string_view text, std::size_t limit) {
    std::string result;
    for (const char character : text.substr(0, limit)) {
        const bool is_shown = character >= ' ' && character <= '~';
        result += is_shown ? std::string(1, character) : escaped(character);
    }
    return text.size() > limit ? result + "..." : result;
}

}  // namespace gateway
