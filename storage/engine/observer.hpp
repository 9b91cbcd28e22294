// How the storage tells what it does and how long that takes, without knowing who counts.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace gateway::storage {

/// A line that jobs wait in.
enum class Queue {
    writes,      ///< requests that change something
    background,  ///< changes that nobody waits for in a hurry
    reads,
};

/// Called on the storage's own threads, for each job, group and checkpoint: it is to cost next to nothing.
class Observer {
  public:
    using Duration = std::chrono::steady_clock::duration;

    Observer() = default;
    virtual ~Observer() = default;
    Observer(const Observer&) = delete;
    Observer& operator=(const Observer&) = delete;

    /// A job was taken out of its line after this time there.
    virtual void job_waited(Queue queue, Duration time) noexcept = 0;

    /// The writer has begun a transaction, or gave that up: what it waited for other processes meanwhile.
    virtual void waited_for_others(Duration time) noexcept = 0;

    /// So many jobs are on the disk, by a commit that took this time.
    virtual void committed(std::size_t jobs, Duration time) noexcept = 0;

    /// A log of so many bytes was moved into the database's file, most of it beside the writer.
    virtual void checkpointed(std::uint64_t bytes, Duration time) noexcept = 0;
};

}  // namespace gateway::storage
