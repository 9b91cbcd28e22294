// Whether the daemon is ready, found out once for all who ask.
#pragma once

#include "storage/engine/database.hpp"
#include "storage/values/timestamp.hpp"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace gateway::api {

/// Who asks needs no key, so however many do, at most one probe is under way in the process, and what it
/// found holds for a second: a flood of them puts no more than that on the database. Any thread.
class Readiness {
  public:
    /// Proves that the database works, or throws. It may take longer than the deadline: what has begun cannot
    /// be called off.
    using Probe = std::function<boost::asio::awaitable<void>(storage::Deadline)>;

    Readiness(Probe probe, Clock clock) : probe_(std::move(probe)), clock_(std::move(clock)) {}

    /// Whether the probe under way, or one that ended within the last second, found all well. False where
    /// that is not known within a second. The object must outlive the caller's io_context.
    boost::asio::awaitable<bool> ready();

  private:
    struct Waiter;

    struct Finding {
        bool good;
        Timestamp at;
    };

    /// What is still fresh; where nothing is, the waiter is put down. Under mutex_.
    std::optional<bool> known_or_wait(const std::shared_ptr<Waiter>& waiter);
    void finish(bool good);

    Probe probe_;
    Clock clock_;
    std::mutex mutex_;
    // Under mutex_:
    std::optional<Finding> last_;
    std::vector<std::shared_ptr<Waiter>> waiting_;
    bool under_way_ = false;
};

/// A read and a small write that leaves every row as it was, committed as any other: a full disk refuses it.
boost::asio::awaitable<void> probe_database(storage::Database& database, storage::Deadline deadline);

}  // namespace gateway::api
