// The settings: what they are, their defaults, and how they are loaded from file, environment and command
// line.
#pragma once

#include "server/settings/backup_section.hpp"
#include "server/settings/database_section.hpp"
#include "server/settings/delivery_section.hpp"
#include "server/settings/limits_section.hpp"
#include "server/settings/log_section.hpp"
#include "server/settings/monitoring_section.hpp"
#include "server/settings/server_section.hpp"
#include "server/settings/sessions_section.hpp"
#include "server/settings/webhooks_section.hpp"

#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gateway {

/// Every section of the file. Its ranges stand in the rows beside it (*_section.cpp); load_settings() lets no
/// value outside of them through.
struct Settings {
    ServerSettings server;
    LimitSettings limits;
    DatabaseSettings database;
    SecretSettings secrets;
    RetentionSettings retention;
    BackupSettings backup;
    LogSettings log;
    MetricsSettings metrics;
    HealthSettings health;
    WebhookSettings webhooks;
    EventSettings events;
    DeliverySettings delivery;
    OperatorSettings operator_;
    SessionSettings sessions;

    friend bool operator==(const Settings&, const Settings&) = default;
};

/// A setting cannot be used. what() is one line: where (file:line:column, or the variable, or "--set"), the
/// key, what was found and what is allowed; for an unknown key the nearest known one. Where only two settings
/// together are wrong, the key comes first.
struct SettingsError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// One setting in effect.
struct EffectiveSetting {
    /// E.g. "server.port".
    std::string key;
    /// As it is written in the file: `9000`, `"10s"`. A path stands as it will be opened.
    std::string value;
    /// Where it comes from: "default", "FILE:LINE", "environment SESSION_GATEWAY_SERVER_PORT" or "--set".
    std::string origin;
};

/// Names and values of environment variables.
using Environment = std::vector<std::pair<std::string, std::string>>;

/// The variable that names the configuration file where the command line names none.
inline constexpr const char* config_file_variable = "SESSION_GATEWAY_CONFIG";

/// Where settings come from; each source overrides those above it.
struct SettingsSources {
    /// A TOML file. A relative path in it counts from its folder, elsewhere from the working directory.
    std::optional<std::filesystem::path> file;
    /// SESSION_GATEWAY_SERVER_PORT for server.port; any name that belongs to no setting is refused.
    Environment environment;
    /// "server.port=9000"; a later one overrides an earlier one.
    std::vector<std::string> overrides;
};

struct LoadedSettings {
    Settings settings;
    /// Every setting, in the order of the settings table.
    std::vector<EffectiveSetting> effective;
    /// To load them again.
    SettingsSources sources;
};

/// The variables whose name starts with SESSION_GATEWAY_, config_file_variable left out. `variables` is like
/// `environ`: "NAME=value" each, null at the end.
Environment settings_environment(const char* const* variables);

/// The defaults, overridden by each source. Throws SettingsError for the first thing that is not right, be it
/// the file (missing, unreadable, not TOML), a key or a value.
LoadedSettings load_settings(const SettingsSources& sources);

/// What a running daemon makes of settings that were loaded again. Keys, in the order of the table.
struct SettingsChange {
    Settings settings;                       ///< as they were, but for what can change at run time
    std::vector<std::string> changed;        ///< and did
    std::vector<std::string> needs_restart;  ///< differs, and stays as it was
};

SettingsChange change_of(const Settings& running, const Settings& wanted);

/// A setting for readers: the help text, the documentation.
struct SettingDescription {
    std::string key;
    /// The name of its environment variable.
    std::string variable;
    /// As it is written in the file.
    std::string default_value;
    /// What may be written, in words: "an integer from 1 to 64".
    std::string allowed;
    std::string description;
    std::string advice;
    /// Whether a change needs a restart; else a reload takes it up.
    bool needs_restart = true;
};

/// Every setting, in the order of the settings table.
std::vector<SettingDescription> describe_settings();

/// A configuration file with every setting, its default and what it means: config/session-gateway.toml.
std::string example_file();

}  // namespace gateway
