// Writes what requests came to.
#pragma once

#include "server/delivery/outcome.hpp"
#include "server/log/log.hpp"
#include "storage/engine/database.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <vector>

namespace gateway::delivery {

/// Those that wait share a job of the writer, and so a commit. While the database takes no writes they wait,
/// as many as there are requests under way; nothing is lost, as what is not noted is delivered again. Lives
/// on one thread.
class OutcomeWriter {
  public:
    /// After the commit; nothing where the outcome could not be written.
    using Done = std::function<void(std::optional<Aftermath>)>;

    /// All of them outlive it.
    OutcomeWriter(boost::asio::io_context& context, storage::Database& database,
                  const DeliverySettings& settings, Log& log)
        : context_(context), database_(database), settings_(settings), log_(log), pause_(context) {}

    void add(Outcome outcome, Done done);

    /// From now on what cannot be written at once is given up.
    void stop();

  private:
    struct Entry {
        Outcome outcome;
        Done done;
    };

    using Entries = std::vector<Entry>;

    boost::asio::awaitable<void> run();
    boost::asio::awaitable<void> write(std::shared_ptr<Entries> entries);
    Entries take();

    boost::asio::io_context& context_;
    storage::Database& database_;
    const DeliverySettings& settings_;
    Log& log_;
    boost::asio::steady_timer pause_;
    Entries waiting_;
    bool running_ = false;
    bool stopping_ = false;
};

}  // namespace gateway::delivery
