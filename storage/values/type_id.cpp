#include "storage/values/type_id.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <stdexcept>
#include <sys/random.h>
#include <system_error>
#include <utility>

namespace gateway {

namespace {

constexpr std::string_view crockford_digits = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::string_view app_id_digits = "abcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::size_t suffix_length = 26;
constexpr std::size_t app_id_length = 7;

constexpr std::uint64_t ones(const int bits) {
    return (std::uint64_t{1} << bits) - 1;
}

std::uint64_t milliseconds_of(const Timestamp time) {
    const auto count = std::max<std::int64_t>(time.time_since_epoch().count(), 0);
    return static_cast<std::uint64_t>(count) & ones(48);
}

}  // namespace

void system_random(std::span<std::uint8_t> bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::getrandom(bytes.data(), bytes.size(), 0);
        if (count > 0)
            bytes = bytes.subspan(static_cast<std::size_t>(count));
        else if (errno != EINTR)
            throw std::system_error(errno, std::generic_category(), "no random bytes from the system");
    }
}

std::optional<Uuid> parse_uuid(const std::string_view text) {
    constexpr std::string_view form = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    if (text.size() != form.size()) return std::nullopt;
    Uuid uuid;
    for (std::size_t i = 0; i < form.size(); ++i) {
        if (form[i] == '-' && text[i] == '-') continue;
        std::uint64_t digit = 0;
        const auto [end, error] = std::from_chars(&text[i], &text[i] + 1, digit, 16);
        if (form[i] == '-' || error != std::errc()) return std::nullopt;
        uuid.high = uuid.high << 4 | uuid.low >> 60;
        uuid.low = uuid.low << 4 | digit;
    }
    return uuid;
}

std::string type_id(const std::string_view prefix, Uuid uuid) {
    std::string text;
    text.reserve(prefix.size() + 1 + suffix_length);
    text.append(prefix).append(1, '_').append(suffix_length, '0');
    for (auto digit = text.rbegin(); digit != text.rbegin() + suffix_length; ++digit) {
        *digit = crockford_digits[uuid.low & ones(5)];
        uuid.low = uuid.low >> 5 | uuid.high << 59;
        uuid.high >>= 5;
    }
    return text;
}

IdSource::IdSource(Clock clock, RandomSource random) : clock_(std::move(clock)), random_(std::move(random)) {}

std::string IdSource::next(const std::string_view prefix) {
    const Ordinal ordinal = next_ordinal();
    constexpr std::uint64_t version = 0x7000;
    constexpr std::uint64_t variant = std::uint64_t{0b10} << 62;
    return type_id(prefix, {.high = ordinal.upper >> 12 << 16 | version | (ordinal.upper & ones(12)),
                            .low = variant | ordinal.lower});
}

IdSource::Ordinal IdSource::next_ordinal() {
    const std::lock_guard lock(mutex_);
    const std::uint64_t now = milliseconds_of(clock_());
    if (now > last_.upper >> 12) {
        std::array<std::uint64_t, 2> fresh{};
        std::array<std::uint8_t, sizeof fresh> bytes{};
        random_(bytes);
        std::memcpy(fresh.data(), bytes.data(), bytes.size());
        last_ = {.upper = now << 12 | (fresh[0] & ones(12)), .lower = fresh[1] & ones(62)};
    } else {
        last_.lower = (last_.lower + 1) & ones(62);
        if (last_.lower == 0) ++last_.upper;
    }
    return last_;
}

std::string IdSource::next_app_id() {
    // The largest multiple of 36 that a byte holds: bytes from there on would favour the first digits.
    constexpr std::size_t fair = 256 / app_id_digits.size() * app_id_digits.size();
    std::string id;
    while (id.size() < app_id_length) {
        std::array<std::uint8_t, app_id_length> buffer{};
        const auto missing = std::span{buffer}.first(app_id_length - id.size());
        random_(missing);
        for (const std::uint8_t byte : missing)
            if (byte < fair) id += app_id_digits[byte % app_id_digits.size()];
    }
    return id;
}

}  // namespace gateway
