// The dispatcher's look into the tables, and at the time.
#include "server/delivery/dispatcher.hpp"
#include "server/delivery/item.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <algorithm>
#include <iterator>

namespace gateway::delivery {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds trouble_pause{1};

}  // namespace

void Dispatcher::want_reading(Receiver& receiver) {
    receiver.reading = true;
    drop_alarm(receiver);
    if (readings_ >= most_readings) return want_reading_.push_back(receiver.number);
    ++readings_;
    asio::co_spawn(parts_.context, read_in_line(receiver), asio::detached);
}

asio::awaitable<void> Dispatcher::read_in_line(Receiver& receiver) {
    co_await read(receiver);
    --readings_;
    if (!want_reading_.empty()) {
        Receiver& next = *receivers_.at(want_reading_.front());
        want_reading_.pop_front();
        want_reading(next);
    }
    pump();
}

asio::awaitable<void> Dispatcher::read_in_turn(Receiver& receiver) {
    receiver.reading = receiver.in_turn = true;
    ++turn_readings_;
    co_await read(receiver);
    --turn_readings_;
    pump();
}

asio::awaitable<void> Dispatcher::read(Receiver& receiver) {
    const auto& settings = parts_.settings;
    const bool wants_due = receiver.queue.empty() && receiver.in_flight == 0 &&
                           (receiver.in_turn || queued_bytes_ < most_queued_bytes);
    if (wants_due) receiver.missed = false;
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
                receiver.not_before = retry_at(target->health.not_before, receiver.not_before);
            }
            receiver.target = std::move(target);
            if (wants_due && receiver.target->active) take_due(receiver, due);
        }
    } catch (...) {
        fault = std::current_exception();
    }
    if (fault) {
        log_fault("what is due cannot be read", fault);
        receiver.reading = false;
        receiver.in_turn = false;
        set_alarm(receiver, parts_.steady() + trouble_pause);
    } else {
        consider(receiver);
    }
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
    receiver.behind = due.more || receiver.missed;
    receiver.seen = std::max(receiver.seen, due.newest_event);
    receiver.retry = retry_at(due.next, receiver.retry);
}

std::optional<Receiver::Retry> Dispatcher::retry_at(const std::optional<Timestamp> due,
                                                    const std::optional<Receiver::Retry>& known) const {
    // What the clock does meanwhile moves nothing.
    if (!due || (known && known->due == *due)) return due ? known : std::nullopt;
    // No delay is longer than this, so what is due later was written by another clock.
    const auto longest = parts_.settings.longest_retry * 11 / 10;
    const auto wait = std::clamp(std::chrono::milliseconds(*due - parts_.clock()),
                                 std::chrono::milliseconds(0), std::chrono::milliseconds(longest));
    return Receiver::Retry{parts_.steady() + wait, *due};
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

}  // namespace gateway::delivery
