// What only the tables can tell of the daemon as a whole.
#pragma once

#include "storage/engine/database.hpp"
#include "storage/engine/report.hpp"
#include "storage/tables/backlog.hpp"
#include "storage/tables/pages.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <mutex>
#include <optional>

namespace gateway::delivery {

/// Asks a reader, in short reads, only when somebody wants to know, and then at most once in five seconds and
/// for a twentieth of the time: find_backlog() says what that takes.
class Survey {
  public:
    struct Finding {
        storage::Backlog backlog;  ///< of all webhooks
        storage::FilePages pages;
    };

    /// Works on the thread of `context`, which like `database` is stopped before this goes.
    Survey(boost::asio::io_context& context, storage::Database& database, storage::Report report)
        : context_(context), database_(database), report_(std::move(report)) {}

    /// What was found last, nothing before the first time, and has it looked for again where that is old. Any
    /// thread.
    std::optional<Finding> ask();

  private:
    void begin();
    boost::asio::awaitable<void> look();

    boost::asio::io_context& context_;
    storage::Database& database_;
    storage::Report report_;

    std::mutex mutex_;
    std::optional<Finding> last_;  // under mutex_

    // On the thread of the context:
    bool looking_ = false;
    std::chrono::steady_clock::time_point next_{};
};

}  // namespace gateway::delivery
