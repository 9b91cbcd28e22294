#include "server/delivery/dispatcher.hpp"

#include "server/delivery/item.hpp"

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

constexpr std::size_t mib = std::size_t{1024} * 1024;
// Of all queues together; who finds no room reads from the tables when its turn comes.
constexpr std::size_t most_queued_bytes = 32 * mib;
// Batches that may wait in one queue.
constexpr std::size_t batches_in_queue = 2;
constexpr std::size_t most_readings = 16;
constexpr std::size_t webhooks_in_scan = 1'000;
// Between two looks at all that is due, where other processes change the database again and again.
constexpr std::chrono::seconds scan_spacing{1};
constexpr std::chrono::seconds trouble_pause{1};
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
            if (event.item->number <= to.seen || (to.behind && !to.reading)) continue;
            to.seen = event.item->number;
            if (to.queue.size() >= most || queued_bytes_ >= most_queued_bytes) {
                to.behind = true;
                continue;
            }
            queued_bytes_ += event.item->text.size();
            to.queue.push_back({event.item});
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
    line_.remove(changed);
    changed.target.reset();
    changed.behind = true;
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
                for (const auto number : found)
                    consider(receiver(number, true));
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
        clear_queue(receiver);
        receiver.retry.reset();
        return forget(receiver);
    }
    const bool may_read = receiver.behind && receiver.in_flight == 0;
    if (receiver.queue.empty() && !may_read) {
        if (receiver.retry && receiver.retry->at > now) return set_alarm(receiver, receiver.retry->at);
        if (receivers_.size() > most_idle_receivers) forget(receiver);
        return;
    }
    if (!receiver.target) return want_reading(receiver);
    if (receiver.in_flight >= parts_.settings.in_flight_per_webhook) return;
    const auto earliest = std::max(receiver.not_before, receiver.rate_not_before);
    if (earliest > now) return set_alarm(receiver, earliest);
    if (receiver.queue.empty()) return want_reading(receiver);
    line_.push(receiver);
}

void Dispatcher::forget(Receiver& receiver) {
    if (receiver.in_flight > 0 || receiver.reading) return;
    line_.remove(receiver);
    clear_queue(receiver);
    drop_alarm(receiver);
    receivers_.erase(std::int64_t{receiver.number});
}

void Dispatcher::clear_queue(Receiver& receiver) {
    for (const auto& queued : receiver.queue)
        queued_bytes_ -= queued.item->text.size();
    receiver.queue.clear();
    receiver.behind = true;
}

void Dispatcher::want_reading(Receiver& receiver) {
    receiver.reading = true;
    drop_alarm(receiver);
    if (readings_ >= most_readings) return want_reading_.push_back(receiver.number);
    ++readings_;
    asio::co_spawn(parts_.context, read(receiver), asio::detached);
}

asio::awaitable<void> Dispatcher::read(Receiver& receiver) {
    const auto& settings = parts_.settings;
    const bool wants_due = receiver.queue.empty() && receiver.in_flight == 0;
    const auto changes = receiver.changes;
    auto now = parts_.clock();
    // Its time has come, also where the clock was set back meanwhile.
    if (receiver.retry && receiver.retry->at <= parts_.steady()) now = std::max(now, receiver.retry->due);
    const auto look = [number = receiver.number, now, wants_due,
                       most = settings.batch_events * settings.in_flight_per_webhook,
                       bytes = settings.batch_bytes](storage::Snapshot& snapshot) {
        auto target = storage::find_target(snapshot, number);
        auto due = wants_due && target && target->active
                       ? storage::find_due(snapshot, number, now, most, bytes)
                       : storage::DueEvents{};
        return std::pair(std::move(target), std::move(due));
    };
    std::exception_ptr fault;
    try {
        auto [target, due] = co_await parts_.database.read(look, storage::Deadline::max());
        receiver.reading = false;
        if (changes == receiver.changes) {
            if (!target) {
                target.emplace();  // gone: as one that is not active
            } else {
                receiver.app_id = target->app_id;
                if (target->health.not_before) receiver.not_before = steady_time(*target->health.not_before);
            }
            receiver.target = std::move(target);
            if (wants_due && receiver.target->active) take_due(receiver, due);
        }
    } catch (...) {
        fault = std::current_exception();
    }
    --readings_;
    if (fault) {
        log_fault("what is due cannot be read", fault);
        receiver.reading = false;
        set_alarm(receiver, parts_.steady() + trouble_pause);
    } else {
        consider(receiver);
    }
    if (!want_reading_.empty()) {
        Receiver& next = *receivers_.at(want_reading_.front());
        want_reading_.pop_front();
        want_reading(next);
    }
    pump();
}

void Dispatcher::take_due(Receiver& receiver, const storage::DueEvents& due) {
    std::deque<Queued> later;
    if (!due.more) {
        for (const auto& queued : receiver.queue)
            if (queued.item->number > due.newest_event) later.push_back(queued);
    }
    clear_queue(receiver);
    for (const auto& event : due.events) {
        auto text = item_text(event.id, event.type, event.payload, event.created_at, event.test);
        auto item = std::make_shared<const Item>(Item{event.number, event.id, std::move(text)});
        receiver.queue.push_back({std::move(item), event.alone});
    }
    std::ranges::move(later, std::back_inserter(receiver.queue));
    for (const auto& queued : receiver.queue)
        queued_bytes_ += queued.item->text.size();
    receiver.behind = due.more;
    receiver.seen = std::max(receiver.seen, due.newest_event);
    receiver.retry.reset();
    if (due.next) receiver.retry = {steady_time(*due.next), *due.next};
}

SteadyTime Dispatcher::steady_time(const Timestamp due) const {
    // No delay is longer than this, so what is due later was written by another clock.
    const auto longest = parts_.settings.longest_retry * 11 / 10;
    const auto wait = std::clamp(std::chrono::milliseconds(due - parts_.clock()),
                                 std::chrono::milliseconds(0), std::chrono::milliseconds(longest));
    return parts_.steady() + wait;
}

void Dispatcher::set_alarm(Receiver& receiver, const SteadyTime at) {
    drop_alarm(receiver);
    receiver.alarm = at;
    alarms_.emplace(at, receiver.number);
    if (alarms_.begin()->second == receiver.number) arm();
}

void Dispatcher::drop_alarm(Receiver& receiver) {
    if (!receiver.alarm) return;
    alarms_.erase({*receiver.alarm, receiver.number});
    receiver.alarm.reset();
}

void Dispatcher::arm() {
    if (alarms_.empty() || stopping_) return;
    timer_.expires_after(alarms_.begin()->first - parts_.steady());
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (error || stopping_) return;
        ring();
        pump();
    });
}

void Dispatcher::ring() {
    while (!alarms_.empty() && alarms_.begin()->first <= parts_.steady()) {
        Receiver& receiver = *receivers_.at(alarms_.begin()->second);
        drop_alarm(receiver);
        consider(receiver);
    }
    arm();
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
