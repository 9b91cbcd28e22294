#include "server/settings/settings.hpp"

#include "server/settings/file.hpp"
#include "server/settings/listen_address.hpp"
#include "server/settings/table.hpp"

#include <boost/algorithm/string/case_conv.hpp>

#include <algorithm>

namespace gateway {

namespace {

using setting::EmptySection;
using setting::PlainText;
using setting::Written;

[[noreturn]] void fail(const std::string& place, std::string_view key, const std::string& problem) {
    throw SettingsError(place + ": " + excerpt(key) + ": " + problem);
}

std::string found_and_allowed(const std::string& found, const std::string& allowed) {
    return "found " + found + ", allowed is " + allowed;
}

std::string unknown_setting(std::string_view key) {
    return "unknown setting; did you mean " + std::string(nearest_setting(key).key) + "?";
}

LoadedSettings defaults() {
    LoadedSettings loaded;
    for (const auto& setting : settings_table())
        loaded.effective.push_back({std::string(setting.key), setting.write(loaded.settings), "default"});
    return loaded;
}

// `place` begins the error message where the value is refused; `origin` is told in the effective settings.
void assign(LoadedSettings& loaded, const Setting& setting, const Written& written, const std::string& place,
            const std::string& origin) {
    const auto refusal = setting.assign(loaded.settings, written);
    if (refusal) fail(place, setting.key, found_and_allowed(refusal->found, setting.allowed));
    auto& effective = *std::ranges::find(loaded.effective, setting.key, &EffectiveSetting::key);
    effective.value = setting.write(loaded.settings);
    effective.origin = origin;
}

void apply_entry(LoadedSettings& loaded, const std::filesystem::path& file, const FileEntry& entry) {
    const auto value_place = place(file, entry.value_position);
    if (const auto* const setting = find_setting(entry.key)) {
        const auto origin = file.string() + ":" + std::to_string(entry.value_position.line);
        assign(loaded, *setting, entry.value, value_place, origin);
        return;
    }
    if (!is_section(entry.key)) fail(place(file, entry.key_position), entry.key, unknown_setting(entry.key));
    const bool is_empty_section = std::holds_alternative<EmptySection>(entry.value.value);
    if (!is_empty_section)
        fail(value_place, entry.key,
             found_and_allowed(shown(entry.value), "a section of settings, [" + entry.key + "]"));
}

void apply_file(LoadedSettings& loaded, const std::filesystem::path& file) {
    for (const auto& entry : read_settings_file(file))
        apply_entry(loaded, file, entry);
}

const Setting* find_by_variable(std::string_view variable) {
    const auto& table = settings_table();
    const auto has_name = [variable](const Setting& setting) {
        return variable_name(setting.key) == variable;
    };
    const auto found = std::ranges::find_if(table, has_name);
    return found == table.end() ? nullptr : &*found;
}

// "SESSION_GATEWAY_SERVER_PROT" looks most like the key that "server.prot" does.
std::string nearest_variable(std::string_view variable) {
    const auto word = variable.substr(std::min(variable.size(), variable_prefix.size()));
    return variable_name(nearest_setting(boost::to_lower_copy(std::string(word))).key);
}

void apply_variable(LoadedSettings& loaded, const std::string& variable, const std::string& value) {
    const auto* const setting = find_by_variable(variable);
    if (setting == nullptr)
        fail("environment", variable, "unknown variable; did you mean " + nearest_variable(variable) + "?");
    const auto origin = "environment " + variable;
    assign(loaded, *setting, {PlainText{value}, {}}, origin, origin);
}

void apply_override(LoadedSettings& loaded, const std::string& text) {
    const std::string origin = "--set";
    const auto equals = text.find('=');
    if (equals == std::string::npos)
        throw SettingsError(origin + ": " + found_and_allowed('"' + excerpt(text) + '"', "KEY=VALUE"));
    const auto key = text.substr(0, equals);
    const auto* const setting = find_setting(key);
    if (setting == nullptr) fail(origin, key, unknown_setting(key));
    assign(loaded, *setting, {PlainText{text.substr(equals + 1)}, {}}, origin, origin);
}

}  // namespace

Environment settings_environment(const char* const* variables) {
    Environment environment;
    for (; *variables != nullptr; ++variables) {
        const std::string_view variable = *variables;
        const auto name = variable.substr(0, variable.find('='));
        if (!name.starts_with(variable_prefix) || name == config_file_variable) continue;
        const auto value = variable.substr(std::min(variable.size(), name.size() + 1));
        environment.emplace_back(name, value);
    }
    return environment;
}

LoadedSettings load_settings(const SettingsSources& sources) {
    LoadedSettings loaded = defaults();
    if (sources.file) apply_file(loaded, *sources.file);
    for (const auto& [variable, value] : sources.environment)
        apply_variable(loaded, variable, value);
    for (const auto& text : sources.overrides)
        apply_override(loaded, text);
    if (const auto fault = fault_of_listeners(loaded.settings.server); !fault.empty())
        throw SettingsError(fault);
    loaded.sources = sources;
    return loaded;
}

std::vector<SettingDescription> describe_settings() {
    const Settings defaults;
    std::vector<SettingDescription> descriptions;
    for (const auto& setting : settings_table())
        descriptions.push_back({std::string(setting.key), variable_name(setting.key), setting.write(defaults),
                                setting.allowed, std::string(setting.description),
                                std::string(setting.advice), !setting.is_live});
    return descriptions;
}

SettingsChange change_of(const Settings& running, const Settings& wanted) {
    SettingsChange change{running, {}, {}};
    for (const auto& setting : settings_table()) {
        if (setting.write(running) == setting.write(wanted)) continue;
        auto& keys = setting.is_live ? change.changed : change.needs_restart;
        keys.emplace_back(setting.key);
        if (setting.is_live) setting.copy(wanted, change.settings);
    }
    return change;
}

}  // namespace gateway
