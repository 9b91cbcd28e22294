// The families of what is counted: names, helps, labels and buckets. For metrics.cpp alone.
#pragma once

#include "server/metrics/members.hpp"
#include "server/metrics/metrics.hpp"

#include <mutex>
#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <set>

namespace gateway::metrics {

struct Metrics::Families {
    using Counter = prometheus::Counter;
    using Histogram = prometheus::Histogram;

    explicit Families(const Options& options);

    Counter& requests_of(std::size_t operation, int status);
    Histogram& request_duration_of(std::size_t operation);
    Counter& attempts_of(std::string_view outcome);
    Counter& challenges_of(std::string_view outcome);
    Histogram& job_wait_of(storage::Queue queue);

    /// Both do nothing where apps are not told apart.
    void count_request(std::string_view app, int status);
    void count_attempt(std::string_view app, std::string_view outcome);

    prometheus::Registry registry;

    std::vector<std::string_view> operations;
    Members<Counter> requests;  // by operation and status
    Members<Histogram> request_duration;

    Members<Counter> attempts;  // by outcome
    Histogram& attempt_duration;
    Histogram& attempt_events;
    Counter& put_off;
    Counter& expired;
    Members<Counter> challenges;  // by outcome

    Members<Histogram> job_wait;  // by queue
    Counter& lock_wait;
    Histogram& group_jobs;
    Histogram& commit_duration;
    Histogram& checkpoint_duration;
    Counter& checkpointed;

  private:
    [[nodiscard]] prometheus::Labels operation_label(std::size_t operation) const;
    std::string app_label(std::string_view app);

    // nullptr: apps are not told apart.
    prometheus::Family<Counter>* app_requests_ = nullptr;
    prometheus::Family<Counter>* app_attempts_ = nullptr;
    std::mutex mutex_;
    std::set<std::string, std::less<>> apps_;  // under mutex_
};

}  // namespace gateway::metrics
