#include "server/delivery/backoff.hpp"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <string>

namespace gateway::delivery {

namespace {

using std::chrono::milliseconds;

constexpr double jitter = 0.1;

milliseconds scaled(const milliseconds delay, const double factor) {
    return milliseconds(static_cast<std::int64_t>(static_cast<double>(delay.count()) * factor));
}

/// In the one form that is written today; the two obsolete ones are words to us.
std::optional<Timestamp> parse_http_date(const std::string& text) {
    std::tm parts{};
    const char* const end = strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    if (!end || *end != '\0') return std::nullopt;
    return Timestamp(std::chrono::seconds(timegm(&parts)));
}

std::optional<std::chrono::seconds> parse_seconds(const std::string_view text) {
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    const bool is_number = !text.empty() && end == text.data() + text.size() && text.front() != '-';
    if (!is_number) return std::nullopt;
    // As much as a century: whoever asks for more gets the longest delay as well.
    constexpr std::int64_t most = 3'155'760'000;
    return std::chrono::seconds(error == std::errc() ? std::min(seconds, most) : most);
}

}  // namespace

milliseconds retry_delay(const Backoff& backoff, const int failures, const double chance) {
    auto delay = std::min(backoff.first, backoff.longest);
    for (int i = 1; i < failures && delay < backoff.longest; ++i)
        delay = std::min(delay * 2, backoff.longest);
    return scaled(delay, 1 - jitter + 2 * jitter * chance);
}

std::optional<milliseconds> asked_delay(const std::string_view retry_after, const Timestamp now,
                                        const milliseconds longest, const double chance) {
    std::optional<milliseconds> delay = parse_seconds(retry_after);
    if (!delay) {
        const auto date = parse_http_date(std::string(retry_after));
        if (!date || *date <= now) return std::nullopt;
        delay = *date - now;
    }
    const milliseconds least = std::chrono::seconds(1);
    return scaled(std::clamp(*delay, least, std::max(least, longest)), 1 + jitter * chance);
}

}  // namespace gateway::delivery
