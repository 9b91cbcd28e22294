// Removes the users of an app that goes, in parts that hold the writer for a few milliseconds each.
#pragma once

#include <string>

namespace gateway::storage {

class Transaction;

/// Removes users with all that they have, and then the scopes of the app: `most` rows and what is left of the
/// last user. True when all of it is gone.
bool remove_users(Transaction& transaction, const std::string& app_id, int most);

}  // namespace gateway::storage
