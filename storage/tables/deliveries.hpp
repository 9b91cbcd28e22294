// The tables `deliveries`, `attempts` and `webhook_health`, as the dispatcher reads and writes them.
#pragma once

#include "storage/values/timestamp.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::storage {

class Snapshot;
class Transaction;

/// How the receiver of a webhook answers, a row of `webhook_health`.
struct Health {
    int failures = 0;                        ///< one after the other, up to now
    std::optional<Timestamp> failing_since;  ///< the first of these
    std::optional<Timestamp> not_before;     ///< it is not called before
    std::optional<int> batch_events;         ///< at most so many in one request; nothing: as many as is set
};

/// A webhook as somebody to send to.
struct Target {
    std::int64_t number = 0;
    std::string id;
    std::string app_id;
    std::string url;
    bool active = false;
    Health health;
};

/// Nothing when the webhook is gone. Of a row that cannot be read it is inactive.
std::optional<Target> find_target(Snapshot& snapshot, std::int64_t webhook);

/// An event that is due for a webhook.
struct DueEvent {
    std::int64_t number = 0;
    std::string id;
    std::string type;
    std::string payload;
    std::string created_at;
    bool test = false;
    bool alone = false;  ///< it is to be sent with nothing beside it
};

struct DueEvents {
    std::vector<DueEvent> events;   ///< in the order of publication, those that failed alone last
    bool more = false;              ///< there are others
    std::optional<Timestamp> next;  ///< when the next is due, of those that are not yet
    std::int64_t newest_event = 0;  ///< whatever it is and whomever it is for; 0: there is none
};

/// What is pending for a webhook and due at `now`: `most` of them, and no more than reach `most_bytes` of
/// payload.
DueEvents find_due(Snapshot& snapshot, std::int64_t webhook, Timestamp now, std::size_t most,
                   std::size_t most_bytes);

/// Numbers of webhooks that something is pending for, `most` of those after `after`, ascending. They may be
/// inactive, or gone.
std::vector<std::int64_t> webhooks_with_pending(Snapshot& snapshot, std::int64_t after, std::size_t most);

/// Where a delivery stands, for who decides what comes next.
struct Standing {
    int attempts = 0;
    Timestamp created_at;                 ///< of the event
    std::optional<Timestamp> expires_at;  ///< of one that was queued again
};

/// Nothing when it is pending no more.
std::optional<Standing> find_standing(Snapshot& snapshot, std::int64_t event, std::int64_t webhook);

void mark_delivered(Transaction& transaction, std::int64_t event, std::int64_t webhook);

/// After a failed attempt: `next` is nothing where no other follows.
void mark_failed(Transaction& transaction, std::int64_t event, std::int64_t webhook,
                 std::optional<Timestamp> next, std::string_view failure, bool alone);

/// One request.
struct Attempt {
    std::string id;  ///< `att_…`
    std::int64_t webhook = 0;
    Timestamp started_at;
    std::chrono::milliseconds duration{};
    std::vector<std::int64_t> events;     ///< in the order of the body
    std::optional<int> http_code;         ///< nothing: it was not answered
    std::string outcome;                  ///< `delivered`, or why not in a word
    std::optional<std::string> response;  ///< of a failed one: how the answer's body begins
};

void insert_attempt(Transaction& transaction, const Attempt& attempt);

/// After an attempt: `http_code` is 0 where it was not answered.
void set_health(Transaction& transaction, std::int64_t webhook, const Health& health, int http_code,
                Timestamp when);

/// That the daemon deactivated a webhook.
struct Deactivation {
    std::int64_t webhook = 0;
    std::string webhook_id;
    std::string app_id;
    std::string because;  ///< `gone` or `failing`
    int failures = 0;
    std::string failing_since;
    std::string deactivated_at;
};

/// The first that the operator was not told of.
std::optional<Deactivation> find_untold_deactivation(Snapshot& snapshot);

/// The operator knows now. One that happened since is another.
void mark_told(Transaction& transaction, const Deactivation& deactivation);

/// Notes why the daemon deactivated a webhook: `gone` or `failing`.
void note_deactivation(Transaction& transaction, std::int64_t webhook, std::string_view because);

}  // namespace gateway::storage
