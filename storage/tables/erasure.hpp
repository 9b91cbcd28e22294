// What is left of a user who is deleted and to be forgotten: the payloads of their events, and what receivers
// answered to them. All of it goes in parts that hold the writer for a few milliseconds each.
#pragma once

#include "storage/tables/retention.hpp"
#include "storage/values/event_set.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace gateway::storage {

class Snapshot;
class Transaction;

struct PastEvent {
    std::int64_t number = 0;  ///< of its row, in the order of publication
    EventType type = {};
    std::string payload;
};

/// Of those that changes of this user wrote the ones with numbers above `after` and up to `last`, in their
/// order: 200 at most, less where they are long; nothing when there are no more. Throws UnreadableValue.
std::vector<PastEvent> past_events(Snapshot& snapshot, const std::string& app_id, const std::string& user_id,
                                   std::int64_t after, std::int64_t last);

/// Gives an event another payload, and takes its correlation id from it.
void replace_payload(Transaction& transaction, std::int64_t event, const std::string& payload);

/// A stretch of all attempts: those after `position` with an event of this user, and an answer.
Stretch<std::int64_t> find_answers(Snapshot& snapshot, const std::string& app_id, const std::string& user_id,
                                   std::int64_t position);

/// Takes the answers from these attempts. True.
bool remove_answers(Transaction& transaction, std::span<const std::int64_t> attempts);

}  // namespace gateway::storage
