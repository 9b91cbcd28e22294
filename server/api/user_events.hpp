// The events that changes of users write.
#pragma once

#include "server/api/event_recorder.hpp"
#include "server/api/user_values.hpp"
#include "storage/tables/users.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace gateway::api {

/// Writes the events of one call about one user, each where its change is made: in the same transaction, and
/// only if something changed. Their time is that of the change.
class UserEvents {
  public:
    /// `correlation_id` goes into every payload. The user is the one of this id, and may be gone by the time
    /// of an event.
    UserEvents(storage::Transaction& transaction, const Services& services, const std::string& app_id,
               std::string user_id, std::optional<CallCorrelationId> correlation_id);

    void created(std::span<const Identifier> identifiers, std::string_view profile);
    void deleted();
    /// `profile` is all of it, as it is now.
    void profile_updated(std::string_view profile, Timestamp updated_at);
    void identifier_created(const Identifier& identifier);
    void identifier_deleted(const Identifier& identifier);
    /// `metadata` is a JSON object.
    void session_created(std::string_view session_id, const Identifier& identifier,
                         std::string_view metadata);
    void session_revoked(std::string_view session_id);

  private:
    /// `fields` is the JSON of those behind the user's id, each with a comma in front.
    void record(EventType type, std::string fields);

    EventRecorder recorder_;
    const std::string now_;
    const std::string user_id_;
    const std::optional<CallCorrelationId> correlation_id_;
};

}  // namespace gateway::api
