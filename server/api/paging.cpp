#include "server/api/paging.hpp"

#include "storage/values/encoding.hpp"

#include <boost/endian/conversion.hpp>

#include <array>
#include <charconv>

namespace gateway::api {

namespace json = boost::json;

namespace {

constexpr std::size_t least = 1;
constexpr std::size_t most = 250;

}  // namespace

Result<PageLimit> Wire<PageLimit>::parse(const std::string_view field, const std::string_view text) {
    PageLimit limit;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit.items);
    const bool is_number = error == std::errc() && end == text.data() + text.size();
    if (is_number && limit.items >= least && limit.items <= most) return limit;
    return wrong(field, found(json::value(text)), expected());
}

Result<PageLimit> Wire<PageLimit>::read(const std::string_view field, const json::value& value) {
    const auto* const number = value.if_int64();
    if (number) return parse(field, std::to_string(*number));
    return wrong(field, found(value), expected());
}

json::object Wire<PageLimit>::schema(Components&) {
    return {{"type", "integer"}, {"minimum", least}, {"maximum", most}, {"default", PageLimit{}.items}};
}

Result<Cursor> Wire<Cursor>::parse(const std::string_view field, const std::string_view text) {
    const auto bytes = base64url_decode(text);
    if (bytes && bytes->size() == sizeof(std::int64_t)) {
        const Cursor cursor{boost::endian::load_big_s64(bytes->data())};
        if (cursor.place > 0) return cursor;
    }
    return wrong(field, found(json::value(text)), expected());
}

json::value Wire<Cursor>::write(const Cursor& cursor, const json::storage_ptr& memory) {
    std::array<std::uint8_t, sizeof(std::int64_t)> bytes{};
    boost::endian::store_big_s64(bytes.data(), cursor.place);
    return json::value(base64url_encode(bytes), memory);
}

json::object Wire<Cursor>::schema(Components&) {
    // Eight bytes, of which the first bit and the two left over are zero, and not all of them.
    return {{"type", "string"},
            {"pattern", "^(?!A{11}$)[A-Za-f][A-Za-z0-9_\\-]{9}[AEIMQUYcgkosw048]$"},
            {"examples", json::array{"AAAAAAAAAAU"}}};
}

}  // namespace gateway::api
