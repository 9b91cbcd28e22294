// The table `events`: what applications published, and who was to get it.
#pragma once

#include "storage/tables/audiences.hpp"
#include "storage/values/event_set.hpp"
#include "storage/values/timestamp.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace gateway::storage {

class Snapshot;
class Transaction;

struct Event {
    std::int64_t number = 0;  ///< of its row, in the order of publication
    std::string id;           ///< `evt_…`; sorts like the number
    std::string app_id;
    EventType type = {};
    std::optional<std::string> client_id;  ///< the publisher's own
    std::optional<std::string> correlation_id;
    bool test = false;    ///< an example, to one webhook alone
    std::string payload;  ///< a JSON object, as receivers get it
    Timestamp created_at;
    std::optional<std::string> user_id = {};  ///< whose change it tells of; not read back
};

/// The number of the event that was published last; 0: there is none.
std::int64_t last_event(Snapshot& snapshot);

/// Writes the event, and a delivery at once for each webhook of the audience. Gives the event its number.
void insert_event(Transaction& transaction, Event& event, const Audience& audience);

/// Nothing when there is no such event in this app. Throws UnreadableValue for a row that cannot be read.
std::optional<Event> find_event(Snapshot& snapshot, const std::string& app_id, const std::string& id);

/// The one of this number, which is there, without its payload.
Event event_at(Snapshot& snapshot, std::int64_t number);

/// The one that its publisher gave this id.
std::optional<Event> find_event_of_client(Snapshot& snapshot, const std::string& app_id,
                                          const std::string& client_id);

}  // namespace gateway::storage
