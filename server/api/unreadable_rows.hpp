// Tells the operator of rows in the database that cannot be read.
#pragma once

#include "server/log/log.hpp"
#include "storage/values/timestamp.hpp"

#include <mutex>
#include <string>
#include <unordered_map>

namespace gateway::api {

/// Logs each of them once a minute, however many requests come upon it. Any thread.
class UnreadableRows {
  public:
    /// `log` outlives it.
    UnreadableRows(Log& log, Clock clock) : log_(log), clock_(std::move(clock)) {}

    /// `row` is what storage::fault_in_row() says of it.
    void tell(const std::string& row);

  private:
    Log& log_;
    Clock clock_;
    std::mutex mutex_;
    std::unordered_map<std::string, Timestamp> told_;  // under mutex_
};

}  // namespace gateway::api
