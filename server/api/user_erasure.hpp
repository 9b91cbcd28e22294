// Forgetting a user: not only that they are, but what their past events tell of them.
#pragma once

#include "server/api/users.hpp"

#include <cstdint>
#include <string>

namespace gateway::api {

/// A user who is deleted, and how far their events are erased.
struct Erasure {
    std::string app_id;
    std::string user_id;
    std::int64_t last_event = 0;  ///< those that come later are of another user with the same id
    std::int64_t position = 0;    ///< all up to here are erased
};

/// Deletes the user with the events of delete_user(). One who is deleted already and has events left can be
/// erased as well; else `user_not_found`.
Result<Erasure> begin_erasure(storage::Transaction& transaction, const DeleteUserRequest& request,
                              const Services& services);

/// Blanks the payloads of a part of the events, by blank_payload(). Where one is still pending, it is sent so,
/// unless it is under way, or in the memory of a daemon that has not noticed yet. False: there are more.
bool erase_events(storage::Transaction& transaction, Erasure& erasure);

}  // namespace gateway::api
