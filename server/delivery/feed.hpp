// What the dispatcher is told by those who change the database, after their commits.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace gateway::delivery {

/// An event that has just been committed, ready to be put into bodies.
struct Item {
    std::int64_t number = 0;  ///< of its row
    std::string id;           ///< `evt_…`
    std::string text;         ///< as it stands in a body's `events`
};

/// Where an event goes: numbers of webhooks, ascending.
using Recipients = std::vector<std::int64_t>;

/// The events of one call, in the order of their numbers.
struct Publication {
    struct Event {
        std::shared_ptr<const Item> item;
        std::shared_ptr<const Recipients> recipients;
    };

    std::string app_id;
    std::vector<Event> events;
};

/// What has happened since the dispatcher last looked.
struct News {
    std::vector<Publication> publications;  ///< in the order of the commits
    std::vector<std::int64_t> webhooks;     ///< changed, or with deliveries that were queued again
    bool anything = false;                  ///< another process has changed the database, nobody knows what
};

/// Hands news over from the threads that commit. Thread-safe; it never waits for the dispatcher.
class Feed {
  public:
    /// After the commit of events that somebody is to get.
    void published(Publication publication) {
        tell([&](News& news) { news.publications.push_back(std::move(publication)); });
    }

    /// After the commit of a change to a webhook (its url, active or not, deleted), or to what is queued for
    /// it.
    void webhook_changed(const std::int64_t number) {
        tell([&](News& news) { news.webhooks.push_back(number); });
    }

    /// When another process has changed the database.
    void anything_changed() {
        tell([](News& news) { news.anything = true; });
    }

    /// The dispatcher's: what came since it last took the news. Whoever adds to empty news calls `wake`.
    News take() {
        const std::lock_guard lock(mutex_);
        waiting_ = false;
        return std::exchange(news_, {});
    }

    /// `wake` is called on the thread of whoever has news, when there were none; an empty function ends it.
    /// News that wait already are told at once.
    void listen(std::function<void()> wake) {
        const std::lock_guard lock(mutex_);
        wake_ = std::move(wake);
        if (wake_ && waiting_) wake_();
    }

  private:
    template <class Change>
    void tell(const Change& change) {
        const std::lock_guard lock(mutex_);
        change(news_);
        if (std::exchange(waiting_, true)) return;
        if (wake_) wake_();
    }

    std::mutex mutex_;
    News news_;                   // under mutex_
    bool waiting_ = false;        // under mutex_
    std::function<void()> wake_;  // under mutex_
};

}  // namespace gateway::delivery
