// The event types of the contract, and a webhook's set of them.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace gateway {

/// Every event a webhook can be subscribed to (`WebhookEventTypesEnum` of the contract).
enum class EventType {
    user_created,
    user_deleted,
    user_profile_updated,
    user_identifier_created,
    user_identifier_deleted,
    user_session_created,
    user_session_revoked,
};

/// As they are written on the wire, indexed by the enumerator.
inline constexpr std::array<std::string_view, 7> event_type_names{
    "user.created",
    "user.deleted",
    "user.profile.updated",
    "user.identifier.created",
    "user.identifier.deleted",
    "user.session.created",
    "user.session.revoked",
};

/// E.g. "user.created".
constexpr std::string_view to_string(EventType type) noexcept {
    return event_type_names[static_cast<std::size_t>(type)];
}

std::optional<EventType> parse_event_type(std::string_view name) noexcept;

/// A set that keeps the order of addition.
class EventSet {
  public:
    [[nodiscard]] bool contains(EventType type) const noexcept;

    /// False, and nothing changed, when it is a member already.
    bool add(EventType type) noexcept;

    /// False, and nothing changed, when it is no member.
    bool remove(EventType type) noexcept;

    /// In the order of addition; valid until the next change.
    [[nodiscard]] std::span<const EventType> in_order() const noexcept { return {types_.data(), count_}; }

    friend bool operator==(const EventSet& left, const EventSet& right) noexcept;

  private:
    std::array<EventType, event_type_names.size()> types_{};
    std::size_t count_ = 0;
};

/// As the database keeps it: a JSON array of names, e.g. ["user.created","user.deleted"].
std::string to_json_text(const EventSet& events);

/// Reads any JSON array of distinct event names; throws storage::UnreadableValue for
/// anything else.
EventSet parse_event_set(std::string_view json_text);

}  // namespace gateway
