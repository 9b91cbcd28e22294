// Threads that keep a connection to the server busy each, until it breaks.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace gateway::test {

class HttpClient;
struct Answer;

class Clients {
  public:
    /// What came of one request.
    enum class Outcome {
        acknowledged,
        refused,  ///< as it had to be, or as it may be (503)
        last,     ///< the client asks for nothing more
    };

    /// Sends one request and reads its answer, on the thread of the client, which is counted from 0. What it
    /// throws ends the client: a std::logic_error tells of an answer that should not have been, any other
    /// exception of a connection that broke, since the daemon is gone or closing.
    using Ask = std::function<Outcome(HttpClient& connection, std::size_t client)>;

    /// Called with the number of acknowledged requests by the client that made the last of them, before it
    /// asks for more.
    using Watch = std::function<void(std::uint64_t acknowledged)>;

    Clients(std::uint16_t port, std::size_t count, Ask ask, Watch watch = {});

    /// Ends as end() does.
    ~Clients();
    Clients(const Clients&) = delete;
    Clients& operator=(const Clients&) = delete;

    /// Returns when at least `count` requests have been acknowledged; false when the clients ended before.
    bool wait_for(std::uint64_t count);

    /// Returns when every client has ended, as they do when their connections break.
    void join();

    /// Each client ends after the answer it waits for; returns when all have.
    void end();

    [[nodiscard]] std::uint64_t acknowledged() const;

    /// The first answer that should not have been; empty when all was well.
    [[nodiscard]] std::string complaint() const;

  private:
    void run(std::size_t client);
    void ask_on(HttpClient& connection, std::size_t client);
    void note_acknowledged();

    const std::uint16_t port_;
    const Ask ask_;
    const Watch watch_;
    std::atomic<bool> ending_ = false;

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::uint64_t acknowledged_ = 0;  // under mutex_
    std::size_t running_ = 0;         // under mutex_
    std::string complaint_;           // under mutex_

    std::vector<std::thread> threads_;
};

/// Whether an answer has the status of success, or is a 503. Throws std::logic_error for any other.
Clients::Outcome outcome_of(const Answer& answer, int success);

}  // namespace gateway::test
