// Whether a thread that runs an io_context gets round to new work.
#pragma once

#include "storage/engine/progress.hpp"

#include <boost/asio/io_context.hpp>

#include <memory>

namespace gateway::health {

/// Asks by a function that it posts there, which answers when its turn has come. Any thread.
class Pulse {
  public:
    /// The context outlives it.
    explicit Pulse(boost::asio::io_context& context)
        : context_(context), answering_(std::make_shared<storage::Progress>()) {}

    /// Asks again, unless the last answer is still to come.
    void ask();

    /// At work while an answer is to come.
    [[nodiscard]] const storage::Progress& progress() const noexcept { return *answering_; }

  private:
    boost::asio::io_context& context_;
    std::shared_ptr<storage::Progress> answering_;  // what was posted may outlive this
};

}  // namespace gateway::health
