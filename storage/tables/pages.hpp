// The pages of the database file, which SQLite counts and gives back: the one place that another engine has
// nothing for.
#pragma once

#include <cstdint>

namespace gateway::storage {

class Snapshot;
class Transaction;

struct FilePages {
    std::int64_t size = 0;   ///< bytes of a page
    std::int64_t count = 0;  ///< the log's included
    std::int64_t free = 0;   ///< of these
    bool can_give_back = false;

    /// Bytes of what is kept.
    [[nodiscard]] std::uint64_t content() const noexcept {
        return static_cast<std::uint64_t>(size * (count - free));
    }
};

FilePages file_pages(Snapshot& snapshot);

/// Takes 64 free pages off the end of the file, which a checkpoint makes smaller then. Takes 0.3 ms. True.
bool give_pages_back(Transaction& transaction);

}  // namespace gateway::storage
