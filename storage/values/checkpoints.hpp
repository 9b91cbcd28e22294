#pragma once

namespace gateway::storage {

/// Who moves what was committed from the write-ahead log into the database file.
enum class Checkpoints {
    automatic,  ///< the daemon, whenever the log is large enough
    external,   ///< another program, which replicates the log; the daemon only watches how large it gets
};

}  // namespace gateway::storage
