// The kinds of settings: what may be written for one, how it is read, and how its value is shown.
//
// A kind is a value with three members, which a row of the settings table is made from:
//   allowed()       what may be written, in words that end an error message
//   read(written)   the value, or what was found in its place
//   write(value)    the value as it is written in the configuration file
#pragma once

#include "server/settings/values.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace gateway::setting {

/// A value from the environment or the command line, where everything is text.
struct PlainText {
    std::string text;
};

/// A table of the file without any key in it, or one too deep to hold a setting.
struct EmptySection {};

/// What the file can hold and no setting takes: a date, a fraction, a list of numbers. `shown` is fit for a
/// message.
struct Unsupported {
    std::string shown;
};

/// A value as somebody wrote it, before it is known to suit its setting.
struct Written {
    std::variant<bool, std::int64_t, std::string, std::vector<std::string>, PlainText, EmptySection,
                 Unsupported>
        value;
    /// Where a relative path counts from; empty for the working directory.
    std::filesystem::path folder;
};

/// What was written, in one line that is fit for a message.
std::string shown(const Written& written);

/// What was written does not suit; `found` is the offending part, fit for a message.
struct Refusal {
    std::string found;

    friend bool operator==(const Refusal&, const Refusal&) = default;
};

template <class T>
using Reading = std::variant<T, Refusal>;

/// What was written as a text, be it a string of the file or plain text; null for anything else.
const std::string* text_of(const Written& written) noexcept;

struct Boolean {
    [[nodiscard]] static std::string allowed() { return "true or false"; }

    [[nodiscard]] static Reading<bool> read(const Written& written);

    [[nodiscard]] static std::string write(bool value) { return value ? "true" : "false"; }
};

/// A whole number within 64 bits; nothing for what is not one.
std::optional<std::int64_t> read_integer(const Written& written);

/// A whole number from `min` to `max`, both allowed.
template <class T>
struct Integer {
    T min;
    T max;

    [[nodiscard]] std::string allowed() const {
        return "an integer from " + std::to_string(min) + " to " + std::to_string(max);
    }

    [[nodiscard]] Reading<T> read(const Written& written) const {
        const auto number = read_integer(written);
        if (!number || std::cmp_less(*number, min) || std::cmp_greater(*number, max))
            return Refusal{shown(written)};
        return static_cast<T>(*number);
    }

    [[nodiscard]] static std::string write(T value) { return std::to_string(value); }
};

/// A length of time from `min` to `max`, both allowed; always with its unit.
struct Duration {
    std::chrono::milliseconds min;
    std::chrono::milliseconds max;

    [[nodiscard]] std::string allowed() const;
    [[nodiscard]] Reading<std::chrono::milliseconds> read(const Written& written) const;
    [[nodiscard]] static std::string write(std::chrono::milliseconds value);
};

/// A number of bytes from `min` to `max`, both allowed; a bare integer counts bytes.
struct Size {
    std::uint64_t min;
    std::uint64_t max;

    [[nodiscard]] std::string allowed() const;
    [[nodiscard]] Reading<std::uint64_t> read(const Written& written) const;
    [[nodiscard]] static std::string write(std::uint64_t value);
};

/// The text as it is kept, which may be spelled another way; nothing for one that is not allowed.
using Spelling = std::optional<std::string> (*)(const std::string& text);

/// A text without control characters that `spell` takes.
struct Text {
    std::string_view words;
    Spelling spell;

    [[nodiscard]] std::string allowed() const { return std::string(words); }

    [[nodiscard]] Reading<std::string> read(const Written& written) const;

    [[nodiscard]] static std::string write(const std::string& value) { return toml_string(value); }
};

/// A list of such texts: an array of strings in the file; elsewhere separated by commas, with blanks around
/// them or not (a text of blanks is an empty list). A refusal shows the first text that is not accepted.
struct TextList {
    std::string_view words;
    Spelling spell;

    [[nodiscard]] std::string allowed() const { return std::string(words); }

    [[nodiscard]] Reading<std::vector<std::string>> read(const Written& written) const;
    [[nodiscard]] static std::string write(const std::vector<std::string>& value);
};

/// The path of a file; a relative one of the configuration file counts from the folder of that file.
struct Path {
    enum class Empty { refused, means_none };
    Empty empty = Empty::refused;

    [[nodiscard]] std::string allowed() const;
    [[nodiscard]] Reading<std::filesystem::path> read(const Written& written) const;

    [[nodiscard]] static std::string write(const std::filesystem::path& value) {
        return toml_string(value.native());
    }
};

/// The words in quotes, with "or" before the last.
std::string any_of(const std::vector<std::string_view>& words);

/// One of a few words, each standing for a value of an enum.
template <class Enum>
struct Choice {
    std::vector<std::pair<std::string_view, Enum>> words;

    [[nodiscard]] std::string allowed() const {
        std::vector<std::string_view> names;
        names.reserve(words.size());
        for (const auto& [name, value] : words)
            names.push_back(name);
        return any_of(names);
    }

    [[nodiscard]] Reading<Enum> read(const Written& written) const {
        if (const auto* const text = text_of(written))
            for (const auto& [name, value] : words)
                if (*text == name) return value;
        return Refusal{shown(written)};
    }

    [[nodiscard]] std::string write(Enum value) const {
        for (const auto& [name, candidate] : words)
            if (candidate == value) return toml_string(name);
        return {};
    }
};

}  // namespace gateway::setting
