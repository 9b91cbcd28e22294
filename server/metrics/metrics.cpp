#include "server/metrics/metrics.hpp"

#include "server/metrics/families.hpp"
#include "storage/values/thread_name.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <prometheus/text_serializer.h>
#include <utility>

namespace gateway::metrics {

namespace asio = boost::asio;

namespace {

double in_seconds(const Metrics::Duration time) {
    return std::chrono::duration<double>(time).count();
}

/// As prometheus-cpp has what it collects.
std::vector<prometheus::MetricFamily> families_of(const Readings& readings) {
    std::vector<prometheus::MetricFamily> families;
    for (const auto& reading : readings) {
        const bool grows = reading.name.ends_with("_total");
        if (families.empty() || families.back().name != reading.name) {
            families.push_back({reading.name,
                                reading.help,
                                grows ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge,
                                {}});
        }
        auto& metric = families.back().metric.emplace_back();
        (grows ? metric.counter.value : metric.gauge.value) = reading.value;
        if (!reading.label.first.empty()) metric.label.push_back({reading.label.first, reading.label.second});
    }
    return families;
}

}  // namespace

class Metrics::TextThread {
  public:
    explicit TextThread(const prometheus::Registry& registry) : registry_(registry) {
        asio::post(pool_, [] { name_this_thread("metrics"); });
    }

    void read_with(std::function<Readings()> state) {
        const std::lock_guard lock(mutex_);
        state_ = std::move(state);
    }

    asio::awaitable<std::string> text() {
        auto text = co_await asio::co_spawn(pool_, make_text(), asio::use_awaitable);
        co_return text;
    }

  private:
    asio::awaitable<std::string> make_text() {
        auto families = registry_.Collect();
        {
            const std::lock_guard lock(mutex_);
            const auto states = families_of(state_ ? state_() : Readings());
            families.insert(families.end(), states.begin(), states.end());
        }
        co_return prometheus::TextSerializer().Serialize(families);
    }

    const prometheus::Registry& registry_;
    std::mutex mutex_;
    std::function<Readings()> state_;  // under mutex_
    asio::thread_pool pool_{1};
};

Metrics::Metrics(const Options& options)
    : families_(std::make_unique<Families>(options)),
      text_thread_(std::make_unique<TextThread>(families_->registry)) {}

Metrics::~Metrics() = default;

void Metrics::request_ended(const std::size_t operation, const int status, const Duration time,
                            const std::string_view app) {
    families_->requests_of(operation, status).Increment();
    families_->request_duration_of(operation).Observe(in_seconds(time));
    families_->count_request(app, status);
}

void Metrics::attempt_ended(const std::string_view outcome, const std::size_t events, const Duration time,
                            const std::string_view app) {
    families_->attempts_of(outcome).Increment();
    families_->attempt_duration.Observe(in_seconds(time));
    families_->attempt_events.Observe(static_cast<double>(events));
    families_->count_attempt(app, outcome);
}

void Metrics::deliveries_put_off(const std::size_t count) {
    families_->put_off.Increment(static_cast<double>(count));
}

void Metrics::deliveries_expired(const std::size_t count) {
    families_->expired.Increment(static_cast<double>(count));
}

void Metrics::challenge_ended(const std::string_view outcome) {
    families_->challenges_of(outcome).Increment();
}

void Metrics::job_waited(const storage::Queue queue, const Duration time) noexcept {
    families_->job_wait_of(queue).Observe(in_seconds(time));
}

void Metrics::waited_for_others(const Duration time) noexcept {
    families_->lock_wait.Increment(in_seconds(time));
}

void Metrics::committed(const std::size_t jobs, const Duration time) noexcept {
    families_->group_jobs.Observe(static_cast<double>(jobs));
    families_->commit_duration.Observe(in_seconds(time));
}

void Metrics::checkpointed(const std::uint64_t bytes, const Duration time) noexcept {
    families_->checkpoint_duration.Observe(in_seconds(time));
    families_->checkpointed.Increment(static_cast<double>(bytes));
}

void Metrics::read_with(std::function<Readings()> state) {
    text_thread_->read_with(std::move(state));
}

asio::awaitable<std::string> Metrics::text() {
    return text_thread_->text();
}

}  // namespace gateway::metrics
