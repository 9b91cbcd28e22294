// Reads the configuration file: TOML in, a flat list of keys and values out. Knows nothing of what the
// settings are.
#pragma once

#include "server/settings/kinds.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace gateway {

/// A place in the file; both count from 1.
struct FilePosition {
    std::uint32_t line = 0;
    std::uint32_t column = 0;

    friend auto operator<=>(const FilePosition&, const FilePosition&) = default;
};

/// "FILE:LINE:COLUMN".
std::string place(const std::filesystem::path& file, FilePosition position);

/// One key of the file.
struct FileEntry {
    /// With its sections: "server.port". A part that is no bare TOML key stands in quotes.
    std::string key;
    FilePosition key_position;
    setting::Written value;
    FilePosition value_position;
};

/// The keys in the order of the file. A table counts by the keys in it, or as itself when it has none or lies
/// deeper than any setting. Throws SettingsError, with file, line and column, for what is not TOML, and with
/// the reason where the file cannot be read or is larger than 64 KiB.
std::vector<FileEntry> read_settings_file(const std::filesystem::path& file);

}  // namespace gateway
