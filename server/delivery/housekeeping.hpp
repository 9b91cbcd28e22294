// Keeps the database bounded: gives up what was not delivered in time, ends and removes what is old, gives
// freed pages back.
#pragma once

#include "server/delivery/feed.hpp"
#include "server/delivery/intake.hpp"
#include "server/metrics/metrics.hpp"
#include "server/settings/database_section.hpp"
#include "storage/engine/database.hpp"
#include "storage/engine/report.hpp"
#include "storage/tables/pages.hpp"
#include "storage/tables/retention.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::delivery {

/// Removes, in a job of the background, rows that were found to be old, given by their numbers; looks again
/// whether they are. Gives how many need no more; those that are left are given again.
using RemoveRows = std::function<std::size_t(storage::Transaction&, std::span<const std::int64_t>)>;

/// How long things are kept.
struct KeepingRules {
    std::chrono::milliseconds expire_after;  ///< of a pending delivery
    RetentionSettings retention;
    std::chrono::milliseconds session_age{0};  ///< 0: for ever
    RemoveRows end_sessions = {};              ///< of sessions that are older
};

/// Works in jobs of the background of 200 rows each, one at a time, and finds on a reader what they are to
/// take. Where it stands is in memory: each start looks through the deliveries once, from the oldest on.
///
/// Ages are not judged for an hour after the wall clock was moved by more than an hour, nor after a start at
/// which the newest event is further away than that: a clock that is wrong for a while takes nothing away.
class Housekeeping {
  public:
    using SteadyTime = std::chrono::steady_clock::time_point;
    using SteadyClock = std::function<SteadyTime()>;

    /// `feed` is told of the webhooks that something expired for, and `metrics` of how much did; nullptr:
    /// nobody is. What is given by reference or pointer outlives this.
    Housekeeping(storage::Database& database, const KeepingRules& rules, Intake& intake, Feed* feed,
                 Clock clock, storage::Report report,
                 SteadyClock steady_clock = std::chrono::steady_clock::now,
                 metrics::Metrics* metrics = nullptr);

    /// Until its executor's context ends. On one thread; this must not be destroyed while it goes on.
    boost::asio::awaitable<void> run();

    /// From the next step on. On its thread.
    void apply(const KeepingRules& rules);

    /// A bit of everything that is to be done. True when there is more to do at once.
    boost::asio::awaitable<bool> turn();

  private:
    /// A walk along a table, in the order of numbers, which begins again from time to time: what had to stay
    /// may go by then.
    struct Sweep {
        std::int64_t position = 0;
        std::vector<std::int64_t> found;  ///< to be removed
        bool ended = true;
        SteadyTime begin_again{};
    };

    struct Step {
        bool removed = false;
        bool more = false;
    };

    using Find = storage::Stretch<std::int64_t> (*)(storage::Snapshot&, std::int64_t,
                                                    std::optional<Timestamp>);

    // Each does one step, and says whether another is to follow at once.
    boost::asio::awaitable<bool> judge_ages();
    boost::asio::awaitable<bool> expire_by_age();
    boost::asio::awaitable<bool> expire_queued_again();
    boost::asio::awaitable<bool> remove_by_age(Sweep& sweep, std::chrono::milliseconds age,
                                               std::chrono::milliseconds pause, Find find,
                                               const RemoveRows& remove);
    boost::asio::awaitable<bool> remove_idle_audiences();
    boost::asio::awaitable<bool> remove_leavings();
    boost::asio::awaitable<bool> remove_scope_rows();
    boost::asio::awaitable<bool> keep_size();
    boost::asio::awaitable<bool> give_pages_back();

    boost::asio::awaitable<bool> clock_is_trusted();
    boost::asio::awaitable<void> expire(std::vector<storage::DeliveryKey> deliveries);
    /// Removes what was found, or looks for more first.
    boost::asio::awaitable<Step> step(Sweep& sweep, std::optional<Timestamp> before,
                                      std::chrono::milliseconds pause, Find find, const RemoveRows& remove);
    void close_intake(const storage::FilePages& pages, std::string_view why);
    void open_intake();

    storage::Database& database_;
    KeepingRules rules_;
    std::chrono::milliseconds interval_;
    Intake& intake_;
    Feed* const feed_;
    Clock clock_;
    storage::Report report_;
    SteadyClock steady_clock_;
    metrics::Metrics* const metrics_;

    std::optional<Timestamp> seen_;  ///< the wall clock at the last look, and then the steady one
    SteadyTime seen_at_{};
    SteadyTime quiet_until_{};

    storage::DeliveryKey overdue_;  ///< all up to this delivery have expired, as far as they had to
    Sweep old_events_;
    Sweep old_attempts_;
    Sweep old_sessions_;
    Sweep events_for_room_;
    Sweep attempts_for_room_;
    Sweep idle_audiences_;
    SteadyTime next_leavings_{};
};

}  // namespace gateway::delivery
