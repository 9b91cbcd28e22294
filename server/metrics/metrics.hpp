// What happens in the daemon, counted, and told in the words of Prometheus.
#pragma once

#include "server/metrics/reading.hpp"
#include "storage/engine/observer.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::metrics {

/// Any thread counts. A count finds its place by numbers and costs well below a microsecond; only the first
/// of its kind allocates.
class Metrics final : public storage::Observer {
  public:
    using Duration = std::chrono::steady_clock::duration;

    struct Options {
        /// Ids of all operations, by which requests are told apart.
        std::vector<std::string_view> operations = {};
        /// Counts of each app besides.
        bool per_app = false;
    };

    /// Throws std::system_error where its thread cannot be started.
    explicit Metrics(const Options& options);
    ~Metrics() override;
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;

    // What happens:

    /// A request was answered. `operation` is the place of its id among those given, their count where it was
    /// of none. `app` is one that there is, or empty: nobody is to fill the memory with names.
    void request_ended(std::size_t operation, int status, Duration time, std::string_view app);

    /// A request to a receiver came to an end: `delivered`, or a word of outgoing::OutgoingFailure.
    void attempt_ended(std::string_view outcome, std::size_t events, Duration time, std::string_view app);

    /// Deliveries that failed, and are to be tried again.
    void deliveries_put_off(std::size_t count);

    /// Deliveries that were given up.
    void deliveries_expired(std::size_t count);

    /// A webhook was challenged: `succeeded`, or a word of outgoing::OutgoingFailure.
    void challenge_ended(std::string_view outcome);

    void job_waited(storage::Queue queue, Duration time) noexcept override;
    void waited_for_others(Duration time) noexcept override;
    void committed(std::size_t jobs, Duration time) noexcept override;
    void checkpointed(std::uint64_t bytes, Duration time) noexcept override;

    // What is asked:

    /// `state` is read for each text, on the metrics' own thread, until it is replaced; when this returns,
    /// the former one is not being read any more. Empty: nothing besides the counts.
    void read_with(std::function<Readings()> state);

    /// All of it, in Prometheus' text format 0.0.4. Made on a thread of its own, as it reads files and takes
    /// a millisecond or two; resumes on the caller's executor. Nobody may wait for it when it is destroyed.
    boost::asio::awaitable<std::string> text();

  private:
    struct Families;
    class TextThread;

    std::unique_ptr<Families> families_;
    std::unique_ptr<TextThread> text_thread_;
};

}  // namespace gateway::metrics
