#include "server/api/user_erasure.hpp"

#include "server/api/api_errors.hpp"
#include "server/api/payloads.hpp"
#include "storage/tables/erasure.hpp"

namespace gateway::api {

using storage::Transaction;

Result<Erasure> begin_erasure(Transaction& transaction, const DeleteUserRequest& request,
                              const Services& services) {
    const auto deleted = delete_user(transaction, request, services);
    const auto last = storage::last_event(transaction);
    if (deleted.has_error() &&
        storage::past_events(transaction, request.app_id, request.user_id, 0, last).empty())
        return deleted.error();
    return Erasure{.app_id = request.app_id, .user_id = request.user_id, .last_event = last};
}

bool erase_events(Transaction& transaction, Erasure& erasure) {
    const auto events = storage::past_events(transaction, erasure.app_id, erasure.user_id, erasure.position,
                                             erasure.last_event);
    for (const auto& event : events) {
        storage::replace_payload(transaction, event.number, blank_payload(event.type, event.payload));
        erasure.position = event.number;
    }
    return events.empty();
}

}  // namespace gateway::api
