// How events come into being: each with its deliveries, in the transaction of the change that it tells of, so
// that neither is there without the other.
#pragma once

#include "server/api/services.hpp"
#include "storage/engine/transaction.hpp"
#include "storage/tables/audiences.hpp"
#include "storage/tables/events.hpp"

#include <memory>
#include <string>

namespace gateway::api {

/// Whether a change may be made that adds to the database; `storage_unavailable` where that has reached its
/// limit with what is still to be delivered. What only takes away is made all the same, with its events.
Result<void> check_room(const Services& services);

/// Writes the events of one transaction on one app. The dispatcher is told after the commit, of all of them
/// at once, in the order of their writing.
class EventRecorder {
  public:
    EventRecorder(storage::Transaction& transaction, const Services& services, std::string app_id);

    /// Writes an event for the webhooks that are subscribed to its type now. It gets app, id, number and
    /// time.
    void record(storage::Event& event);

    /// Writes one for these webhooks, whatever they are subscribed to.
    void record(storage::Event& event, const storage::Audience& audience);

  private:
    void tell(delivery::Publication::Event event);

    storage::Transaction& transaction_;
    const Services& services_;
    const std::string app_id_;
    std::shared_ptr<delivery::Publication> publication_;  ///< shared with the word after the commit
};

}  // namespace gateway::api
