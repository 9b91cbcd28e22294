#pragma once

namespace gateway::storage {

/// When a commit counts as done.
enum class Synchronous {
    full,    ///< once the disk has it: an answer of success survives a power failure
    normal,  ///< once the kernel has it: a power failure may take the last commits away, a crash of the
             ///< daemon not
};

}  // namespace gateway::storage
