// What the tests of the settings share: a folder with a configuration file, and one-line ways to load.
#pragma once

#include "server/settings/settings.hpp"
#include "tests/support/temporary_folder.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>

namespace gateway {

/// A folder with one test's configuration file, gone afterwards.
class SettingsFolder {
  public:
    [[nodiscard]] const std::filesystem::path& path() const { return folder_.path(); }

    [[nodiscard]] std::filesystem::path file() const { return path() / "test.toml"; }

    void write(std::string_view content) const { std::ofstream(file(), std::ios::binary) << content; }

    /// Loads a file with this content.
    [[nodiscard]] LoadedSettings load(std::string_view content) const {
        write(content);
        return load_settings({.file = file(), .environment = {}, .overrides = {}});
    }

  private:
    test::TemporaryFolder folder_;
};

inline LoadedSettings load_environment(std::string name, std::string value) {
    return load_settings({.file = {}, .environment = {{std::move(name), std::move(value)}}, .overrides = {}});
}

inline LoadedSettings load_override(std::string text) {
    return load_settings({.file = {}, .environment = {}, .overrides = {std::move(text)}});
}

}  // namespace gateway
