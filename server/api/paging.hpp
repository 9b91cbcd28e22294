// Long lists, a page at a time: the fields of such requests and answers.
#pragma once

#include "server/api/wire.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::api {

/// How many items a page may have: 1 to 250.
struct PageLimit {
    std::size_t items = 50;
};

template <>
struct Wire<PageLimit> {
    static std::string expected() { return "an integer from 1 to 250"; }

    static Result<PageLimit> parse(std::string_view field, std::string_view text);
    static Result<PageLimit> read(std::string_view field, const boost::json::value& value);
    static boost::json::object schema(Components&);
};

/// Where a page ends: the place of its last item in the order of the list, a positive number. Clients are to
/// see nothing in its text.
struct Cursor {
    std::int64_t place = 0;
};

template <>
struct Wire<Cursor> : TextWire<Cursor> {
    static std::string expected() { return "the next_cursor of the page before"; }

    static Result<Cursor> parse(std::string_view field, std::string_view text);
    static boost::json::value write(const Cursor& cursor, const boost::json::storage_ptr& memory);
    static boost::json::object schema(Components&);
};

inline constexpr FieldText limit_text{"limit", "The most items of a page.", "50"};
inline constexpr FieldText cursor_text{"cursor",
                                       "The next_cursor of the page before; nothing: the first page."};
inline constexpr FieldText next_cursor_text{"next_cursor",
                                            "Gives the next page; not there: this is the last."};
inline constexpr FieldText since_text{"since", "Only what was created then or later."};
inline constexpr FieldText until_text{"until", "Only what was created before."};

/// Cuts a list that was read with one item more than the page may have, and says where the next page begins:
/// behind `place_of(item)` of the last one that stays.
template <class Item, class PlaceOf>
std::optional<Cursor> cut_page(std::vector<Item>& items, const std::size_t limit, const PlaceOf& place_of) {
    if (items.size() <= limit) return std::nullopt;
    items.resize(limit);
    return Cursor{place_of(items.back())};
}

}  // namespace gateway::api
