#include "server/delivery/dispatcher.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <array>

namespace gateway::delivery {

namespace asio = boost::asio;

namespace {

// Batches that may wait in one queue.
constexpr std::size_t batches_in_queue = 2;
constexpr std::size_t webhooks_in_scan = 1'000;
// Between two looks at all that is due, where other processes change the database again and again.
constexpr std::chrono::seconds scan_spacing{1};
// A receiver that nothing is known to wait for is remembered until there are so many.
constexpr std::size_t most_idle_receivers = 10'000;

}  // namespace

Dispatcher::Dispatcher(const Parts& parts)
    : parts_(parts),
      outcomes_(parts.context, parts.database, parts.settings, parts.log),
      timer_(parts.context),
      scan_pause_(parts.context) {}

void Dispatcher::start() {
    parts_.feed.listen([this] { asio::post(parts_.context, [this] { take_news(); }); });
    wake();
}

void Dispatcher::wake() {
    scan_wanted_ = true;
    take_news();
}

void Dispatcher::stop() {
    parts_.feed.listen({});
    stopping_ = true;
    timer_.cancel();
    scan_pause_.cancel();
    outcomes_.stop();
}

void Dispatcher::take_news() {
    if (stopping_) return;
    const News news = parts_.feed.take();
    for (const auto& publication : news.publications)
        take(publication);
    for (const auto number : news.webhooks)
        change(number);
    scan_wanted_ |= news.anything;
    if (scan_wanted_ && !std::exchange(scanning_, true))
        asio::co_spawn(parts_.context, scan(), asio::detached);
    ring();
    pump();
}

void Dispatcher::take(const Publication& publication) {
    const auto most = batches_in_queue * parts_.settings.batch_events * parts_.settings.in_flight_per_webhook;
    for (const auto& event : publication.events) {
        for (const auto number : *event.recipients) {
            Receiver& to = receiver(number, false);
            const bool is_read_later = to.behind && (!to.reading || to.missed);
            if (event.item->number <= to.seen || is_read_later) continue;
            to.seen = event.item->number;
            if (to.queue.size() >= most || queued_bytes_ >= most_queued_bytes) {
                to.behind = to.missed = true;
            } else {
                queued_bytes_ += event.item->text.size();
                to.queue.push_back({event.item});
            }
            consider(to);
        }
    }
}

Receiver& Dispatcher::receiver(const std::int64_t number, const bool behind) {
    auto& known = receivers_[number];
    if (!known) {
        known = std::make_unique<Receiver>(number);
        known->behind = behind;
    }
    return *known;
}

void Dispatcher::change(const std::int64_t number) {
    Receiver& changed = receiver(number, true);
    ++changed.changes;
    clear_queue(changed);
    changed.target.reset();
    consider(changed);
}

asio::awaitable<void> Dispatcher::scan() {
    while (std::exchange(scan_wanted_, false) && !stopping_) {
        std::vector<std::int64_t> known;
        known.reserve(receivers_.size());
        for (const auto& [number, entry] : receivers_)
            known.push_back(number);
        for (const auto number : known)
            change(number);
        std::int64_t last = 0;
        std::exception_ptr fault;
        try {
            while (!stopping_) {
                const auto look = [last](storage::Snapshot& snapshot) {
                    return storage::webhooks_with_pending(snapshot, last, webhooks_in_scan);
                };
                const auto found = co_await parts_.database.read(look, storage::Deadline::max());
                for (const auto number : found) {
                    Receiver& pending = receiver(number, true);
                    // Also of one that is known only since an event came meanwhile.
                    pending.behind = true;
                    consider(pending);
                }
                if (found.size() < webhooks_in_scan) break;
                last = found.back();
            }
        } catch (...) {
            fault = std::current_exception();
        }
        if (fault) {
            log_fault("what is due cannot be read", fault);
            scan_wanted_ = true;
        }
        if (stopping_) break;
        pump();
        scan_pause_.expires_after(scan_spacing);
        auto [cancelled] = co_await scan_pause_.async_wait(asio::as_tuple(asio::use_awaitable));
        if (cancelled) break;
    }
    scanning_ = false;
}

void Dispatcher::consider(Receiver& receiver) {
    if (receiver.ready || receiver.reading || stopping_) return;
    const auto now = parts_.steady();
    if (receiver.retry && receiver.retry->at <= now) receiver.behind = true;
    if (receiver.target && !receiver.target->active) {
        end_waiting(receiver);
        clear_queue(receiver);
        receiver.retry.reset();
        return forget(receiver);
    }
    const bool may_read = receiver.behind && receiver.in_flight == 0;
    if (receiver.queue.empty() && !may_read) {
        // What is being signed for it waits still.
        if (receiver.in_flight == 0) end_waiting(receiver);
        if (receiver.retry && receiver.retry->at > now) return set_alarm(receiver, receiver.retry->at);
        if (receivers_.size() > most_idle_receivers) forget(receiver);
        return;
    }
    if (!receiver.target) {
        begin_waiting(receiver);
        return want_reading(receiver);
    }
    if (receiver.in_flight >= parts_.settings.in_flight_per_webhook) return;
    auto earliest = receiver.rate_not_before;
    if (receiver.not_before) earliest = std::max(earliest, receiver.not_before->at);
    if (earliest > now) {
        if (receiver.in_flight == 0) end_waiting(receiver);
    } else {
        begin_waiting(receiver);
    }
    earliest = std::max(earliest, receiver.pause_until);
    if (earliest > now) return set_alarm(receiver, earliest);
    // While the queues are full it is read when its turn comes.
    if (receiver.queue.empty() && queued_bytes_ < most_queued_bytes) return want_reading(receiver);
    line_.push(receiver);
}

void Dispatcher::forget(Receiver& receiver) {
    if (receiver.in_flight > 0 || receiver.reading) return;
    line_.remove(receiver);
    clear_queue(receiver);
    drop_alarm(receiver);
    end_waiting(receiver);
    receivers_.erase(std::int64_t{receiver.number});
}

void Dispatcher::clear_queue(Receiver& receiver) {
    line_.remove(receiver);
    for (const auto& queued : receiver.queue)
        queued_bytes_ -= queued.item->text.size();
    receiver.queue.clear();
    receiver.behind = true;
}

void Dispatcher::begin_waiting(Receiver& receiver) {
    if (receiver.waiting_since || receiver.in_flight > 0) return;
    receiver.waiting_since = parts_.steady();
    waiting_.emplace(*receiver.waiting_since, receiver.number);
    waiting_since_ = waiting_.begin()->first.time_since_epoch().count();
}

void Dispatcher::end_waiting(Receiver& receiver) {
    if (!receiver.waiting_since) return;
    waiting_.erase({*receiver.waiting_since, receiver.number});
    receiver.waiting_since.reset();
    waiting_since_ = waiting_.empty() ? nobody_waits : waiting_.begin()->first.time_since_epoch().count();
}

std::optional<SteadyTime> Dispatcher::waiting_since() const noexcept {
    const auto since = waiting_since_.load();
    return since == nobody_waits ? std::nullopt : std::optional(SteadyTime(SteadyTime::duration(since)));
}

void Dispatcher::log_outcome(const Flight& flight, const std::string& webhook_id,
                             const Outcome& outcome) const {
    const auto& attempt = outcome.attempt;
    if (attempt.outcome == "delivered") {
        parts_.log.info("delivered", {{"app", flight.app_id},
                                      {"webhook", webhook_id},
                                      {"events", attempt.events.size()},
                                      {"http_code", *attempt.http_code},
                                      {"ms", attempt.duration.count()}});
        return;
    }
    parts_.log.warning("delivery failed", {{"app", flight.app_id},
                                           {"webhook", webhook_id},
                                           {"events", attempt.events.size()},
                                           {"attempt", attempt.id},
                                           {"outcome", attempt.outcome},
                                           {"detail", outcome.detail},
                                           {"ms", attempt.duration.count()}});
}

void Dispatcher::log_fault(const std::string_view what, const std::exception_ptr& fault) const {
    parts_.log.error(what, {{"reason", describe(fault)}});
}

double Dispatcher::chance() const {
    std::array<std::uint8_t, 1> byte{};
    parts_.random(byte);
    return byte[0] / 255.0;
}

}  // namespace gateway::delivery
