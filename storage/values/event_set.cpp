#include "storage/values/event_set.hpp"

#include "storage/values/unreadable.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>

namespace gateway {

std::optional<EventType> parse_event_type(const std::string_view name) noexcept {
    const auto found = std::ranges::find(event_type_names, name);
    if (found == event_type_names.end()) return std::nullopt;
    return static_cast<EventType>(found - event_type_names.begin());
}

bool EventSet::contains(const EventType type) const noexcept {
    return std::ranges::find(in_order(), type) != in_order().end();
}

bool EventSet::add(const EventType type) noexcept {
    if (contains(type)) return false;
    types_[count_++] = type;
    return true;
}

bool EventSet::remove(const EventType type) noexcept {
    const auto end = types_.begin() + static_cast<std::ptrdiff_t>(count_);
    const auto found = std::find(types_.begin(), end, type);
    if (found == end) return false;
    std::copy(found + 1, end, found);
    --count_;
    return true;
}

bool operator==(const EventSet& left, const EventSet& right) noexcept {
    return std::ranges::equal(left.in_order(), right.in_order());
}

std::string to_json_text(const EventSet& events) {
    std::string text = "[";
    for (const EventType type : events.in_order()) {
        if (text.size() > 1) text += ',';
        text += '"';
        text += to_string(type);
        text += '"';
    }
    return text += ']';
}

namespace {

[[noreturn]] void refuse(const std::string_view text) {
    throw storage::UnreadableValue("events", text, "a JSON array of distinct event types");
}

}  // namespace

EventSet parse_event_set(const std::string_view text) {
    std::array<unsigned char, 1024> buffer;  // NOLINT(*-member-init): scratch space for the parser
    boost::json::monotonic_resource scratch(buffer.data(), buffer.size());
    boost::system::error_code error;
    const auto value = boost::json::parse(text, error, &scratch);
    if (error || !value.is_array()) refuse(text);

    EventSet events;
    for (const auto& item : value.get_array()) {
        const auto type = item.is_string() ? parse_event_type(item.get_string()) : std::nullopt;
        if (!type || !events.add(*type)) refuse(text);
    }
    return events;
}

}  // namespace gateway
