#include "server/delivery/outcome_writer.hpp"

#include "storage/values/error.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <iterator>
#include <utility>

namespace gateway::delivery {

namespace asio = boost::asio;

namespace {

// A job of the background is to be over in 10 ms.
constexpr std::size_t most_events_in_job = 500;
constexpr std::chrono::seconds retry_pause{1};

}  // namespace

void OutcomeWriter::add(Outcome outcome, Done done) {
    waiting_.push_back({std::move(outcome), std::move(done)});
    if (!std::exchange(running_, true)) asio::co_spawn(context_, run(), asio::detached);
}

void OutcomeWriter::stop() {
    stopping_ = true;
    pause_.cancel();
}

OutcomeWriter::Entries OutcomeWriter::take() {
    std::size_t events = 0;
    auto end = waiting_.begin();
    while (end != waiting_.end() && events < most_events_in_job)
        events += (end++)->outcome.attempt.events.size();
    Entries taken(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end));
    waiting_.erase(waiting_.begin(), end);
    return taken;
}

asio::awaitable<void> OutcomeWriter::run() {
    while (!waiting_.empty()) {
        const auto entries = std::make_shared<Entries>(take());
        co_await write(entries);
    }
    running_ = false;
}

asio::awaitable<void> OutcomeWriter::write(const std::shared_ptr<Entries> entries) {
    const auto job = [entries, settings = settings_](storage::Transaction& transaction) {
        std::vector<Aftermath> aftermaths;
        aftermaths.reserve(entries->size());
        for (const auto& entry : *entries)
            aftermaths.push_back(write_outcome(transaction, entry.outcome, settings));
        return aftermaths;
    };
    while (true) {
        std::exception_ptr fault;
        std::vector<Aftermath> aftermaths;
        try {
            aftermaths = co_await database_.write_in_background(job);
        } catch (const Unavailable&) {
            pause_.expires_after(retry_pause);
        } catch (...) {
            fault = std::current_exception();
        }
        for (std::size_t i = 0; i < aftermaths.size(); ++i)
            (*entries)[i].done(std::move(aftermaths[i]));
        if (!aftermaths.empty()) co_return;
        if (fault && entries->size() > 1) {
            // One of them; the others are written all the same.
            for (auto& entry : *entries) {
                const auto alone = std::make_shared<Entries>();
                alone->push_back(std::move(entry));
                co_await write(alone);
            }
            co_return;
        }
        if (fault)
            log_.error("what a delivery came to cannot be noted",
                       {{"webhook", entries->front().outcome.attempt.webhook}, {"reason", describe(fault)}});
        if (fault || stopping_) break;
        auto [cancelled] = co_await pause_.async_wait(asio::as_tuple(asio::use_awaitable));
        if (cancelled) break;
    }
    for (const auto& entry : *entries)
        entry.done(std::nullopt);
}

}  // namespace gateway::delivery
