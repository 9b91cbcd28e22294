// JSON as text: checked and walked without making values of it, so that what is only passed on stays as it
// was written.
#pragma once

#include <boost/json/value.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace gateway::api {

/// Containers inside each other that a body may have: those of a payload (`payload_limits`) and around
/// it.
inline constexpr std::size_t most_body_depth = 36;

/// The text without white space between its tokens; each token stays as it is. `error` tells where it is no
/// JSON, nests deeper than `most_body_depth` or is no UTF-8.
std::string compact_json(std::string_view text, boost::system::error_code& error);

/// A value of a text that compact_json() made; a view of it.
class JsonText {
  public:
    explicit JsonText(const std::string_view text) : text_(text) {}

    [[nodiscard]] std::string_view text() const noexcept { return text_; }

    [[nodiscard]] bool is_object() const noexcept { return text_.front() == '{'; }

    [[nodiscard]] bool is_array() const noexcept { return text_.front() == '['; }

    [[nodiscard]] bool is_string() const noexcept { return text_.front() == '"'; }

    /// Whether it is a string that says this.
    [[nodiscard]] bool says(std::string_view wanted) const;

    /// What a string says, its escapes decoded.
    [[nodiscard]] std::string decoded() const;

    /// The value made of it.
    [[nodiscard]] boost::json::value value(const boost::json::storage_ptr& memory = {}) const;

    /// visit(key, value) for each member of an object, duplicates too.
    template <class Visit>
    void for_each_member(const Visit& visit) const {
        for (std::size_t at = 1; text_[at] != '}';) {
            const auto key = string_at(at);
            at += key.size() + 1;
            const auto value = value_at(at);
            visit(JsonText(key), JsonText(value));
            at += value.size();
            if (text_[at] == ',') ++at;
        }
    }

    /// visit(value) for each item of an array.
    template <class Visit>
    void for_each_item(const Visit& visit) const {
        for (std::size_t at = 1; text_[at] != ']';) {
            const auto value = value_at(at);
            visit(JsonText(value));
            at += value.size();
            if (text_[at] == ',') ++at;
        }
    }

  private:
    [[nodiscard]] std::string_view string_at(std::size_t begin) const;
    [[nodiscard]] std::string_view value_at(std::size_t begin) const;

    std::string_view text_;
};

/// What hinders readers of an object.
struct KeyFaults {
    bool too_deep = false;
    std::optional<std::string> repeated;  ///< a key that one object in it has twice
};

/// Looks at all objects in a value, which may be as many containers inside each other as `depth`.
KeyFaults judge_keys(JsonText value, std::size_t depth);

/// What a value is, for a message: its type, and the text of a string or a number.
std::string found(JsonText value);

/// Its type alone, where what it says is nobody's business.
std::string_view kind(JsonText value);

}  // namespace gateway::api
