// The table `daemon`: which daemon began to serve last.
#pragma once

#include "storage/values/timestamp.hpp"

#include <optional>
#include <string>

namespace gateway::storage {

class Snapshot;
class Transaction;

struct DaemonStart {
    std::string version;
    Timestamp started_at;
};

/// Has the table name a daemon of this version, since now.
void note_daemon_start(Transaction& transaction, const std::string& version);

/// Nothing where none has served yet. Whether it still does, its lock tells.
std::optional<DaemonStart> last_daemon_start(Snapshot& snapshot);

}  // namespace gateway::storage
