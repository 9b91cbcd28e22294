// The one table of all settings: loading, checks, names of variables, help and check-config derive from it.
#pragma once

#include "server/settings/kinds.hpp"
#include "server/settings/settings.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gateway {

/// A row of the table.
struct Setting {
    /// Section and name: "server.port".
    std::string_view key;
    /// What may be written, in words.
    std::string allowed;
    /// One line for an operator.
    std::string_view description;
    /// What else to know before changing it, in whole sentences; empty for nothing.
    std::string_view advice;
    /// Puts what was written in its place; or refuses it and changes nothing.
    std::function<std::optional<setting::Refusal>(Settings&, const setting::Written&)> assign;
    /// The value as it is written in the file.
    std::function<std::string(const Settings&)> write;
    /// Copies it from one to the other.
    void (*copy)(const Settings& from, Settings& to);
    /// Whether a running daemon takes a change over; else it needs a restart.
    bool is_live = false;
};

/// Every setting, section by section. No two share a key or a variable.
const std::vector<Setting>& settings_table();

/// "SESSION_GATEWAY_", with which the variables of all settings start.
inline constexpr std::string_view variable_prefix = "SESSION_GATEWAY_";

/// SESSION_GATEWAY_SERVER_PORT for "server.port".
std::string variable_name(std::string_view key);

/// Null when there is none.
const Setting* find_setting(std::string_view key);

/// Whether settings live in it: "server" is a section.
bool is_section(std::string_view name);

/// The setting whose key looks most like an unknown one.
const Setting& nearest_setting(std::string_view unknown);

}  // namespace gateway
