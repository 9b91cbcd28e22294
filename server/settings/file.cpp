#include "server/settings/file.hpp"

#include "server/settings/settings.hpp"
#include "server/settings/toml.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <optional>
#include <sstream>
#include <string_view>
#include <system_error>
#include <utility>

namespace gateway {

namespace {

using setting::EmptySection;
using setting::Unsupported;
using setting::Written;

FilePosition begin_of(const toml::source_region& region) {
    return {region.begin.line, region.begin.column};
}

// Errors are named by errno: streams lose the reason, but the system call that failed is the last one made.
[[noreturn]] void fail_to_read(const std::filesystem::path& file) {
    const int reason = errno != 0 ? errno : EIO;
    throw SettingsError(file.string() + ": cannot be read: " + std::generic_category().message(reason));
}

std::string content_of(const std::filesystem::path& file) {
    // Ten times the file that holds and explains every setting. Ends the reading of a device, and keeps the
    // nesting that dotted keys can build within a stack of 8 MiB: the parser limits that of arrays and inline
    // tables only.
    constexpr std::size_t limit = 64UL * 1024UL;
    errno = 0;
    std::ifstream stream(file, std::ios::binary);
    if (!stream) fail_to_read(file);
    std::string content(limit + 1, '\0');
    stream.read(content.data(), static_cast<std::streamsize>(content.size()));
    if (stream.bad()) fail_to_read(file);
    content.resize(static_cast<std::size_t>(stream.gcount()));
    if (content.size() > limit) throw SettingsError(file.string() + ": larger than " + format_size(limit));
    return content;
}

toml::table parse(const std::filesystem::path& file) {
    const std::string content = content_of(file);
    try {
        return toml::parse(std::string_view(content));
    } catch (const toml::parse_error& error) {
        constexpr std::size_t longest = 200;
        throw SettingsError(place(file, begin_of(error.source())) +
                            ": not valid TOML: " + excerpt(error.description(), longest));
    }
}

// Quoted where needed, so that the key "server.port" with a dot inside is never taken for port in section
// server.
std::string key_part(std::string_view name) {
    constexpr std::string_view bare = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    const bool is_bare = !name.empty() && name.find_first_not_of(bare) == std::string_view::npos;
    return is_bare ? std::string(name) : toml_string(name);
}

std::optional<std::vector<std::string>> strings_of(const toml::array& array) {
    std::vector<std::string> strings;
    for (const auto& element : array) {
        const auto* const text = element.as_string();
        if (text == nullptr) return std::nullopt;
        strings.push_back(text->get());
    }
    return strings;
}

// Not by the library's own operator, which for a list counts the digits of 0.1 with a logarithm.
void show(const toml::node& node, std::ostream& text) {
    if (const auto* const array = node.as_array()) {
        std::string_view before = "[ ";
        for (const auto& element : *array) {
            text << std::exchange(before, ", ");
            show(element, text);
        }
        text << " ]";
    } else if (node.is_table()) {
        text << "{ ... }";
    } else {
        node.visit([&text](const auto& value) {
            if constexpr (toml::is_value<decltype(value)>) text << value;
        });
    }
}

Unsupported unsupported(const toml::node& node) {
    if (node.is_array_of_tables()) return {"a list of tables"};
    std::ostringstream text;
    show(node, text);
    return {excerpt(text.str())};
}

Written written(const toml::node& node, const std::filesystem::path& folder) {
    if (const auto* const value = node.as_boolean()) return {value->get(), folder};
    if (const auto* const value = node.as_integer()) return {value->get(), folder};
    if (const auto* const value = node.as_string()) return {value->get(), folder};
    if (const auto* const array = node.as_array())
        if (auto strings = strings_of(*array)) return {*std::move(strings), folder};
    if (node.is_table()) return {EmptySection{}, folder};
    return {unsupported(node), folder};
}

// Keys deeper than any setting are not told apart: `depth` levels of tables are entered, the next counts as a
// key.
void flatten(const toml::table& table, const std::string& prefix, const std::filesystem::path& folder,
             int depth, std::vector<FileEntry>& entries) {
    for (const auto& [key, node] : table) {
        const std::string name = prefix + key_part(key.str());
        const auto* const section = node.as_table();
        if (section != nullptr && !section->empty() && depth > 0) {
            flatten(*section, name + ".", folder, depth - 1, entries);
            continue;
        }
        entries.push_back({name, begin_of(key.source()), written(node, folder), begin_of(node.source())});
    }
}

}  // namespace

std::string place(const std::filesystem::path& file, FilePosition position) {
    return file.string() + ":" + std::to_string(position.line) + ":" + std::to_string(position.column);
}

std::vector<FileEntry> read_settings_file(const std::filesystem::path& file) {
    std::vector<FileEntry> entries;
    constexpr int deepest = 3;
    flatten(parse(file), "", file.parent_path(), deepest, entries);
    std::ranges::sort(entries, {}, &FileEntry::key_position);
    return entries;
}

}  // namespace gateway
