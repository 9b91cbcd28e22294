#include "server/delivery/replay_runner.hpp"

#include "storage/values/error.hpp"
#include "storage/values/thread_name.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace gateway::delivery {

namespace asio = boost::asio;

using SteadyClock = std::chrono::steady_clock;

ReplayRunner::ReplayRunner(const Parts& parts) : parts_(parts), work_(context_.get_executor()) {
    asio::co_spawn(context_, run(), asio::detached);
    thread_ = std::thread([this] {
        name_this_thread("replays");
        context_.run();
    });
    parts_.bell.listen([this] { asio::post(context_, [this] { hear(); }); });
}

ReplayRunner::~ReplayRunner() {
    parts_.bell.listen({});
    asio::post(context_, [this] {
        stopping_ = true;
        rest_.cancel();
    });
    work_.reset();
    thread_.join();
}

void ReplayRunner::apply(const std::chrono::milliseconds expire_after) {
    asio::post(context_, [this, expire_after] { parts_.expire_after = expire_after; });
}

void ReplayRunner::hear() {
    rung_ = true;
    if (!failing_) rest_.cancel();
}

asio::awaitable<void> ReplayRunner::run() {
    while (!stopping_) {
        rung_ = false;
        bool goes_on = false;
        failing_ = false;
        try {
            goes_on = co_await advance_all();
        } catch (...) {
            note_failure(std::current_exception());
        }
        told_ = told_ && failing_;
        if (stopping_ || (!failing_ && (goes_on || rung_))) continue;
        rest_.expires_at(failing_ ? SteadyClock::now() + parts_.pause : SteadyClock::time_point::max());
        co_await rest_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
}

/// Whether there are any.
asio::awaitable<bool> ReplayRunner::advance_all() {
    const auto replays = co_await parts_.database.read(storage::running_replays, storage::Deadline::max());
    std::erase_if(counts_,
                  [&](const auto& entry) { return !std::ranges::binary_search(replays, entry.first); });
    for (const auto replay : replays) {
        if (stopping_) break;
        try {
            co_await advance(replay);
        } catch (...) {  // the others go on
            note_failure(std::current_exception());
        }
    }
    co_return !replays.empty();
}

asio::awaitable<void> ReplayRunner::advance(const std::int64_t number) {
    const auto counted = counts_.find(number);
    const auto from = counted == counts_.end() ? 0 : counted->second.position;
    auto look = [number, from](storage::Snapshot& snapshot) {
        auto replay = storage::find_running_replay(snapshot, number);
        if (!replay) return std::optional<Step>();
        const auto position = replay->matched ? replay->position : std::max(from, replay->position);
        auto part = storage::next_part(snapshot, *replay, position);
        return std::optional(Step{*std::move(replay), std::move(part)});
    };
    auto step = co_await parts_.database.read(std::move(look), storage::Deadline::max());
    if (!step) co_return;
    if (step->replay.matched) {
        co_await queue(*std::move(step));
    } else {
        co_await count(*std::move(step));
    }
}

asio::awaitable<void> ReplayRunner::count(const Step step) {
    auto& count = counts_[step.replay.number];
    count.position = step.part.position;
    count.matched += static_cast<std::int64_t>(step.part.events.size());
    if (!step.part.is_last) co_return;
    auto note = [number = step.replay.number, matched = count.matched](storage::Transaction& transaction) {
        storage::set_matched(transaction, number, matched);
        return true;
    };
    co_await parts_.database.write_in_background(std::move(note));
    counts_.erase(step.replay.number);
}

asio::awaitable<void> ReplayRunner::queue(Step step) {
    const auto replay = step.replay;
    const auto events = step.part.events.size();
    const bool is_last = step.part.is_last;
    auto job = [step = std::move(step), &feed = parts_.feed,
                expire_after = parts_.expire_after](storage::Transaction& transaction) {
        const bool moved =
            storage::queue_part(transaction, step.replay, step.part, transaction.now() + expire_after);
        if (moved && !step.part.events.empty())
            transaction.after_commit(
                [&feed, webhook = step.replay.webhook] { feed.webhook_changed(webhook); });
        return moved;
    };
    const bool moved = co_await parts_.database.write_in_background(std::move(job));
    if (!moved || !is_last) co_return;
    parts_.log.info("replay done",
                    {{"replay", replay.id}, {"queued", replay.queued + static_cast<std::int64_t>(events)}});
}

void ReplayRunner::note_failure(const std::exception_ptr& error) {
    failing_ = true;
    if (!std::exchange(told_, true))
        parts_.log.error("a replay cannot go on; trying again", {{"reason", describe(error)}});
}

}  // namespace gateway::delivery
