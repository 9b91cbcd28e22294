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

/// They take what is left of the processors (nice 10): where that is little, fewer and larger bodies are
/// signed, and requests and the writer go on as before.
class Signers {
  public:
    /// `count` 0: as many as there are cores. Throws std::system_error where a thread cannot be started.
    explicit Signers(std::size_t count);

    /// Waits for the signatures that are under way or wait; their callers' executors must still be there.
    ~Signers();
    Signers(const Signers&) = delete;
    Signers& operator=(const Signers&) = delete;

    /// How many sign at once. More than that wait in a line without a limit: the caller keeps it short.
    [[nodiscard]] std::size_t count() const noexcept { return threads_.size(); }

    /// The value of X-Webhook-Signature; resumes on the caller's executor. `body` must live until then.
    /// Throws as SigningKey::signature().
    boost::asio::awaitable<std::string> sign(SigningKeyPtr key, std::string_view body);

  private:
    boost::asio::io_context context_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    std::vector<std::jthread> threads_;
};

}  // namespace gateway::delivery
