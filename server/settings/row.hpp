// What the rows of the settings table are made of.
#pragma once

#include "server/settings/kinds.hpp"
#include "server/settings/table.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace gateway::setting {

using namespace std::chrono_literals;  // NOLINT(google-global-names-in-headers): for the rows alone

inline constexpr std::uint64_t kib = 1024;
inline constexpr std::uint64_t mib = 1024 * kib;
inline constexpr std::uint64_t gib = 1024 * mib;

using Port = Integer<std::uint16_t>;
using Count = Integer<std::size_t>;

// No time limit can be switched off: each guards something that a silent peer could hold for ever.
inline constexpr Duration time_limit{1ms, 1h};

/// The row of a member of a section, a change of which needs a restart.
template <auto Section, auto Member, class Kind>
Setting row(std::string_view key, const Kind& kind, std::string_view description,
            std::string_view advice = {}) {
    const auto assign = [kind](Settings& settings, const Written& written) -> std::optional<Refusal> {
        auto reading = kind.read(written);
        if (const auto* const refusal = std::get_if<Refusal>(&reading)) return *refusal;
        settings.*Section.*Member = std::get<0>(std::move(reading));
        return std::nullopt;
    };
    const auto write = [kind](const Settings& settings) { return kind.write(settings.*Section.*Member); };
    const auto copy = [](const Settings& from, Settings& to) { to.*Section.*Member = from.*Section.*Member; };
    return {key, kind.allowed(), description, advice, assign, write, copy};
}

/// As row(), of a setting that Daemon::apply() hands to whoever goes by it.
template <auto Section, auto Member, class Kind>
Setting live_row(std::string_view key, const Kind& kind, std::string_view description,
                 std::string_view advice = {}) {
    auto setting = row<Section, Member>(key, kind, description, advice);
    setting.is_live = true;
    return setting;
}

// The rows of each file of sections.
std::vector<Setting> server_rows();
std::vector<Setting> limits_rows();
std::vector<Setting> database_rows();
std::vector<Setting> backup_rows();
std::vector<Setting> log_rows();
std::vector<Setting> monitoring_rows();
std::vector<Setting> webhooks_rows();
std::vector<Setting> delivery_rows();
std::vector<Setting> sessions_rows();

}  // namespace gateway::setting
