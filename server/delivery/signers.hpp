// The threads that sign what is delivered.
#pragma once

#include "server/delivery/signing_key.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace gateway::delivery {

/// How soon a body is to be signed.
enum class Urgency {
    at_once,  ///< like all other work
    patient,  ///< with what is left of the processors (nice 10)
};

/// A signature costs more than all the rest of a delivery. Where much waits, bodies are many events long, and
/// whoever signs them patiently leaves the processors to those who publish and write: fewer and larger
/// bodies, and more events in all.
class Signers {
  public:
    /// `count` of each urgency; 0: as many as there are cores. Throws std::system_error where a thread cannot
    /// be started.
    explicit Signers(std::size_t count);

    /// How many sign at once without one being in another's way. More than that wait in a line without a
    /// limit: the caller keeps it short.
    [[nodiscard]] std::size_t count() const noexcept { return count_; }

    /// The value of X-Webhook-Signature; resumes on the caller's executor. `body` must live until then.
    /// Throws as SigningKey::signature().
    boost::asio::awaitable<std::string> sign(SigningKeyPtr key, std::string_view body, Urgency urgency);

  private:
    /// Threads of one priority.
    class Pool {
      public:
        Pool(std::size_t count, int niceness);

        /// Waits for the signatures that are under way or wait; their callers' executors must still be there.
        ~Pool();
        Pool(const Pool&) = delete;
        Pool& operator=(const Pool&) = delete;

        [[nodiscard]] boost::asio::io_context& context() noexcept { return context_; }

      private:
        boost::asio::io_context context_;
        boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
        std::vector<std::jthread> threads_;
    };

    std::size_t count_;
    Pool prompt_;
    Pool patient_;
};

}  // namespace gateway::delivery
