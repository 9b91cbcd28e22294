#include "server/delivery/housekeeping.hpp"

#include "storage/tables/apps.hpp"
#include "storage/tables/removal.hpp"
#include "storage/tables/scopes.hpp"
#include "storage/values/quantity.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace gateway::delivery {

namespace asio = boost::asio;

namespace {

using namespace std::chrono_literals;
using storage::Snapshot;
using storage::Transaction;

constexpr auto nobody_waits = storage::Deadline::max();

/// How often what had to stay, or is seldom there, is looked for.
constexpr std::chrono::milliseconds seldom = 1h;
constexpr std::chrono::milliseconds now_and_then = 1min;
/// The same, while the database is full.
constexpr std::chrono::milliseconds urgently = 5s;

constexpr std::chrono::milliseconds longest_jump = 1h;

/// Often enough for the shortest time that something is kept.
std::chrono::milliseconds interval_of(const KeepingRules& rules) {
    constexpr std::chrono::milliseconds shortest = 100ms;
    std::chrono::milliseconds interval = rules.retention.max_size > 0 ? 1'000ms : now_and_then;
    for (const auto time :
         {rules.expire_after, rules.retention.events, rules.retention.attempts, rules.session_age})
        if (time > 0ms) interval = std::min(interval, time / 10);
    return std::max(interval, shortest);
}

}  // namespace

Housekeeping::Housekeeping(storage::Database& database, const KeepingRules& rules, Intake& intake,
                           Feed* const feed, Clock clock, storage::Report report, SteadyClock steady_clock,
                           metrics::Metrics* const metrics)
    : database_(database),
      rules_(rules),
      interval_(interval_of(rules)),
      intake_(intake),
      feed_(feed),
      clock_(std::move(clock)),
      report_(std::move(report)),
      steady_clock_(std::move(steady_clock)),
      metrics_(metrics) {}

void Housekeeping::apply(const KeepingRules& rules) {
    rules_ = rules;
    interval_ = interval_of(rules);
}

asio::awaitable<void> Housekeeping::run() {
    const auto executor = co_await asio::this_coro::executor;
    asio::steady_timer pause(executor);
    bool failing = false;
    while (true) {
        bool more = false;
        try {
            more = co_await turn();
            failing = false;
        } catch (const std::exception& failure) {
            // A database that takes no writes has said so itself; here it is enough to try again.
            if (!failing) {
                report_(storage::Severity::warning,
                        std::string("old rows could not be removed: ") + failure.what());
            }
            failing = true;
        }
        if (more) continue;
        pause.expires_after(interval_);
        co_await pause.async_wait(asio::use_awaitable);
    }
}

asio::awaitable<bool> Housekeeping::turn() {
    const bool by_age = co_await judge_ages();
    const bool audiences = co_await remove_idle_audiences();
    const bool leavings = co_await remove_leavings();
    const bool size = co_await keep_size();
    const bool pages = co_await give_pages_back();
    co_return by_age || audiences || leavings || size || pages;
}

asio::awaitable<bool> Housekeeping::judge_ages() {
    const bool trusted = co_await clock_is_trusted();
    if (!trusted) co_return false;
    const bool overdue = co_await expire_by_age();
    const bool again = co_await expire_queued_again();
    const bool events = co_await remove_by_age(old_events_, rules_.retention.events, seldom,
                                               storage::find_old_events, storage::remove_events);
    const bool attempts = co_await remove_by_age(old_attempts_, rules_.retention.attempts, seldom,
                                                 storage::find_old_attempts, storage::remove_attempts);
    // None of them has to stay, so that each walk is short.
    const bool sessions = co_await remove_by_age(old_sessions_, rules_.session_age, 0ms,
                                                 storage::find_old_sessions, rules_.end_sessions);
    co_return overdue || again || events || attempts || sessions;
}

asio::awaitable<bool> Housekeeping::clock_is_trusted() {
    const bool is_start = !seen_;
    if (is_start) {
        const auto newest = co_await database_.read(storage::last_publication, nobody_waits);
        seen_ = newest.value_or(clock_());
        seen_at_ = steady_clock_();
    }
    const auto now = clock_();
    const auto steady_now = steady_clock_();
    const auto jump = (now - *std::exchange(seen_, now)) - (steady_now - std::exchange(seen_at_, steady_now));
    if (std::chrono::abs(jump) > longest_jump) {
        quiet_until_ = steady_now + longest_jump;
        overdue_ = {};
        old_events_ = old_attempts_ = old_sessions_ = {};
        if (!is_start) {
            report_(storage::Severity::warning,
                    "the clock was moved by " +
                        std::to_string(std::chrono::duration_cast<std::chrono::minutes>(jump).count()) +
                        " minutes: nothing expires and nothing is removed by its age for an hour");
        }
    }
    co_return steady_now >= quiet_until_;
}

asio::awaitable<bool> Housekeeping::expire_by_age() {
    const auto find = [position = overdue_, before = clock_() - rules_.expire_after](Snapshot& snapshot) {
        return storage::find_overdue(snapshot, position, before);
    };
    auto stretch = co_await database_.read(find, nobody_waits);
    co_await expire(std::move(stretch.found));
    overdue_ = stretch.position;
    co_return !stretch.ended;
}

asio::awaitable<bool> Housekeeping::expire_queued_again() {
    auto found = co_await database_.read(storage::find_overdue_again, nobody_waits);
    const bool any = !found.empty();
    co_await expire(std::move(found));
    co_return any;
}

asio::awaitable<void> Housekeeping::expire(std::vector<storage::DeliveryKey> deliveries) {
    if (deliveries.empty()) co_return;
    const auto job = [deliveries = std::move(deliveries), feed = feed_](Transaction& transaction) {
        auto expired = storage::expire(transaction, deliveries);
        const auto count = expired.count;
        if (feed) {
            transaction.after_commit([feed, webhooks = std::move(expired.webhooks)] {
                for (const auto webhook : webhooks)
                    feed->webhook_changed(webhook);
            });
        }
        return count;
    };
    const auto count = co_await database_.write_in_background(job);
    if (metrics_) metrics_->deliveries_expired(count);
}

asio::awaitable<bool> Housekeeping::remove_by_age(Sweep& sweep, const std::chrono::milliseconds age,
                                                  const std::chrono::milliseconds pause, const Find find,
                                                  const RemoveRows& remove) {
    if (age == 0ms) co_return false;
    const auto done = co_await step(sweep, clock_() - age, pause, find, remove);
    co_return done.more;
}

asio::awaitable<Housekeeping::Step> Housekeeping::step(Sweep& sweep, const std::optional<Timestamp> before,
                                                       const std::chrono::milliseconds pause, const Find find,
                                                       const RemoveRows& remove) {
    if (sweep.found.empty()) {
        if (sweep.ended && steady_clock_() >= sweep.begin_again) {
            sweep.position = 0;
            sweep.begin_again = steady_clock_() + pause;
        }
        const auto search = [find, position = sweep.position, before](Snapshot& snapshot) {
            return find(snapshot, position, before);
        };
        auto stretch = co_await database_.read(search, nobody_waits);
        sweep.found = std::move(stretch.found);
        sweep.position = stretch.position;
        sweep.ended = stretch.ended;
    }
    const bool removed = !sweep.found.empty();
    if (removed) {
        const auto job = [remove, rows = sweep.found](Transaction& transaction) {
            return remove(transaction, rows);
        };
        const auto done = co_await database_.write_in_background(job);
        sweep.found.erase(sweep.found.begin(), sweep.found.begin() + static_cast<std::ptrdiff_t>(done));
    }
    co_return Step{.removed = removed, .more = !sweep.found.empty() || !sweep.ended};
}

asio::awaitable<bool> Housekeeping::remove_idle_audiences() {
    const auto done = co_await step(idle_audiences_, std::nullopt, now_and_then, storage::find_idle_audiences,
                                    storage::remove_audiences);
    co_return done.more;
}

asio::awaitable<bool> Housekeeping::remove_leavings() {
    if (steady_clock_() < next_leavings_) co_return false;
    const auto webhook = co_await database_.read(storage::find_gone_webhook, nobody_waits);
    if (webhook) {
        const auto job = [number = *webhook](Transaction& transaction) {
            return storage::remove_leavings(transaction, number);
        };
        const bool removed = co_await database_.write_in_background(job);
        if (removed) co_return true;
    }
    const auto app = co_await database_.read(storage::find_gone_app, nobody_waits);
    if (app) {
        const auto job = [id = *app](Transaction& transaction) {
            return storage::find_app(transaction, id) || storage::clear_app(transaction, id);
        };
        co_await database_.write_in_background(job);
        co_return true;
    }
    const bool scopes = co_await remove_scope_rows();
    if (scopes) co_return true;
    next_leavings_ = steady_clock_() + now_and_then;
    co_return false;
}

asio::awaitable<bool> Housekeeping::remove_scope_rows() {
    const bool any = co_await database_.read(storage::has_removed_scopes, nobody_waits);
    if (any) co_await database_.write_in_background(storage::remove_scope_rows);
    co_return any;
}

asio::awaitable<bool> Housekeeping::keep_size() {
    const auto limit = rules_.retention.max_size;
    if (limit == 0) {
        open_intake();
        co_return false;
    }
    const auto pages = co_await database_.read(storage::file_pages, nobody_waits);
    if (pages.content() <= limit) {
        open_intake();
        co_return false;
    }
    if (pages.content() > limit + limit / 10)
        close_intake(pages, "events come faster than old ones are removed");
    const auto events = co_await step(events_for_room_, std::nullopt, urgently, storage::find_old_events,
                                      storage::remove_events);
    if (events.removed || events.more) co_return true;
    const auto attempts = co_await step(attempts_for_room_, std::nullopt, urgently,
                                        storage::find_old_attempts, storage::remove_attempts);
    if (attempts.removed || attempts.more) co_return true;
    close_intake(pages, "there is nothing left to remove but what is still to be delivered");
    co_return false;
}

void Housekeeping::close_intake(const storage::FilePages& pages, const std::string_view why) {
    if (intake_.is_closed()) return;
    intake_.close();
    report_(storage::Severity::error,
            "the database holds " + in_mebibytes(pages.content()) + ", more than retention.max_size (" +
                in_mebibytes(rules_.retention.max_size) + "), and " + std::string(why) +
                ": publishing is answered 503 until there is room; raise the limit, "
                "or see to the receivers that take nothing");
}

void Housekeeping::open_intake() {
    if (!intake_.is_closed()) return;
    intake_.open();
    report_(storage::Severity::info, "the database is within retention.max_size: events are taken again");
}

asio::awaitable<bool> Housekeeping::give_pages_back() {
    // A stock of free pages saves taking them from the file again.
    constexpr std::int64_t least = 256;
    constexpr std::int64_t share = 20;
    const auto pages = co_await database_.read(storage::file_pages, nobody_waits);
    if (!pages.can_give_back || pages.free <= std::max(least, pages.count / share)) co_return false;
    co_await database_.write_in_background(storage::give_pages_back);
    co_return true;
}

}  // namespace gateway::delivery
