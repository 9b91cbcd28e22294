#include "server/metrics/families.hpp"

#include "server/outgoing/outgoing_error.hpp"

#include <algorithm>
#include <array>

namespace gateway::metrics {

namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Histogram;
using prometheus::Registry;

// From a wait that nobody notices to the longest time limits.
const Histogram::BucketBoundaries& seconds() {
    static const Histogram::BucketBoundaries buckets{0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                     0.1,    0.25,   0.5,   1,      2.5,   5,    10,    30};
    return buckets;
}

const Histogram::BucketBoundaries& counts() {
    static const Histogram::BucketBoundaries buckets{1, 2, 5, 10, 20, 50, 100, 200, 500};
    return buckets;
}

// What is answered; the last stands for whatever is not among them.
constexpr std::array statuses{200, 201, 202, 204, 304, 400, 401, 403, 404, 405,
                              408, 409, 413, 415, 429, 431, 500, 503, 0};

// What requests to receivers come to; the last stands for whatever is not among them.
constexpr auto outcomes = [] {
    using outgoing::OutgoingFailure;
    constexpr auto failures = static_cast<std::size_t>(OutgoingFailure::cancelled) + 1;
    std::array<std::string_view, failures + 3> words{"delivered", "succeeded"};
    for (std::size_t i = 0; i < failures; ++i)
        words[i + 2] = to_string(static_cast<OutgoingFailure>(i));
    words.back() = "other";
    return words;
}();

constexpr std::array<std::string_view, 3> queues{"writes", "background", "reads"};

// Apps that are told apart; a daemon that has more of them counts the rest together.
constexpr std::size_t most_apps = 1'000;

template <class List, class Value>
std::size_t place_in(const List& list, const Value& value) {
    const auto found = std::ranges::find(list, value);
    return std::min(static_cast<std::size_t>(found - list.begin()), list.size() - 1);
}

Family<Counter>& counters(Registry& registry, const std::string& name, const std::string& help) {
    return prometheus::BuildCounter().Name("session_gateway_" + name).Help(help).Register(registry);
}

Counter& counter(Registry& registry, const std::string& name, const std::string& help) {
    return counters(registry, name, help).Add({});
}

Family<Histogram>& histograms(Registry& registry, const std::string& name, const std::string& help) {
    return prometheus::BuildHistogram().Name("session_gateway_" + name).Help(help).Register(registry);
}

Histogram& histogram(Registry& registry, const std::string& name, const std::string& help,
                     const Histogram::BucketBoundaries& buckets) {
    return histograms(registry, name, help).Add({}, buckets);
}

}  // namespace

Metrics::Families::Families(const Options& options)
    : operations(options.operations),
      requests(counters(registry, "requests_total",
                        "Requests that were answered, by operation (none: no such path or method, or not "
                        "even a request) and status."),
               (operations.size() + 1) * statuses.size()),
      request_duration(histograms(registry, "request_duration_seconds",
                                  "Time from a request to its answer, by operation."),
                       operations.size() + 1),
      attempts(
          counters(registry, "delivery_attempts_total", "Requests to receivers that have ended, by outcome."),
          outcomes.size()),
      attempt_duration(histogram(registry, "delivery_attempt_duration_seconds",
                                 "Time that a receiver took to answer, or not to.", seconds())),
      attempt_events(
          histogram(registry, "delivery_attempt_events", "Events in a request to a receiver.", counts())),
      put_off(counter(registry, "deliveries_retried_total",
                      "Deliveries that failed and are to be tried again, each time anew.")),
      expired(counter(registry, "deliveries_expired_total", "Deliveries that were given up.")),
      challenges(counters(registry, "activation_challenges_total",
                          "Challenges of webhooks that were to be activated, by outcome."),
                 outcomes.size()),
      job_wait(histograms(registry, "database_job_wait_seconds",
                          "Time that a job waited for the database, by queue."),
               queues.size()),
      lock_wait(counter(registry, "database_lock_wait_seconds_total",
                        "Time that the writer waited for its transactions to begin. It grows by more than a "
                        "few thousandths of the time where other processes write.")),
      group_jobs(histogram(registry, "database_group_jobs", "Jobs that shared a commit.", counts())),
      commit_duration(histogram(registry, "database_commit_duration_seconds",
                                "Time until a commit was on the disk.", seconds())),
      checkpoint_duration(histogram(registry, "database_checkpoint_duration_seconds",
                                    "Time that the bulk of a checkpoint took, beside the writer.",
                                    seconds())),
      checkpointed(counter(registry, "database_checkpointed_bytes_total",
                           "Bytes of write-ahead log that were moved into the database's file.")) {
    if (!options.per_app) return;
    app_requests_ = &counters(registry, "app_requests_total",
                              "Requests of an app that were answered, by app and status.");
    app_attempts_ = &counters(registry, "app_delivery_attempts_total",
                              "Requests to the receivers of an app that have ended, by app and outcome.");
}

Counter& Metrics::Families::requests_of(const std::size_t operation, const int status) {
    const auto place = place_in(statuses, status);
    return requests.at(operation * statuses.size() + place, [&] {
        auto labels = operation_label(operation);
        labels.emplace("status", statuses[place] > 0 ? std::to_string(statuses[place]) : "other");
        return labels;
    });
}

Histogram& Metrics::Families::request_duration_of(const std::size_t operation) {
    return request_duration.at(
        operation, [&] { return operation_label(operation); }, seconds());
}

prometheus::Labels Metrics::Families::operation_label(const std::size_t operation) const {
    return {{"operation", operation < operations.size() ? std::string(operations[operation]) : "none"}};
}

Counter& Metrics::Families::attempts_of(const std::string_view outcome) {
    const auto place = place_in(outcomes, outcome);
    return attempts.at(place, [&] { return prometheus::Labels{{"outcome", std::string(outcomes[place])}}; });
}

Counter& Metrics::Families::challenges_of(const std::string_view outcome) {
    const auto place = place_in(outcomes, outcome);
    return challenges.at(place, [&] {
        return prometheus::Labels{{"outcome", std::string(outcomes[place])}};
    });
}

Histogram& Metrics::Families::job_wait_of(const storage::Queue queue) {
    const auto place = static_cast<std::size_t>(queue);
    return job_wait.at(
        place,
        [&] {
            return prometheus::Labels{{"queue", std::string(queues[place])}};
        },
        seconds());
}

void Metrics::Families::count_request(const std::string_view app, const int status) {
    if (!app_requests_ || app.empty()) return;
    app_requests_->Add({{"app", app_label(app)}, {"status", std::to_string(status)}}).Increment();
}

void Metrics::Families::count_attempt(const std::string_view app, const std::string_view outcome) {
    if (!app_attempts_) return;
    app_attempts_->Add({{"app", app_label(app)}, {"outcome", std::string(outcome)}}).Increment();
}

std::string Metrics::Families::app_label(const std::string_view app) {
    const std::lock_guard lock(mutex_);
    if (apps_.contains(app)) return std::string(app);
    if (apps_.size() >= most_apps) return "others";
    return *apps_.emplace(app).first;
}

}  // namespace gateway::metrics
