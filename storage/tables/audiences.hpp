// The tables `audiences` and `audience_members`: the sets of webhooks that an app's events go to.
#pragma once

#include "storage/values/event_set.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace gateway::storage {

class Snapshot;
class Transaction;

/// Numbers of webhooks, ascending.
using WebhookNumbers = std::vector<std::int64_t>;

/// A set of webhooks for one app's events of one type. A row never changes.
struct Audience {
    std::string id;  ///< app and type: what the writer's memory knows the current one by
    std::int64_t number = 0;
    std::shared_ptr<const WebhookNumbers> webhooks;
};

/// Those that an event of this type goes to now: active and subscribed. Made where there is no row of this
/// set yet. The writer remembers it until forget_audiences().
Audience current_audience(Transaction& transaction, const std::string& app_id, EventType type);

/// The row of this set, made where there is none.
Audience audience_of(Transaction& transaction, const std::string& app_id, EventType type,
                     WebhookNumbers webhooks);

/// Whoever changes which webhooks of an app are active or subscribed calls this, in the same transaction; so
/// does whoever takes rows of `audiences` away.
void forget_audiences(Transaction& transaction, const std::string& app_id);

}  // namespace gateway::storage
