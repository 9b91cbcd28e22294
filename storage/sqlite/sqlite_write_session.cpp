#include "storage/sqlite/sqlite_write_session.hpp"

#include "storage/values/error.hpp"

#include <sqlite3.h>

#include <string>
#include <thread>
#include <utility>

namespace gateway::storage {

using SteadyClock = std::chrono::steady_clock;

namespace {

/// Tells how long it lived, however that ended.
class WaitForOthers {
  public:
    explicit WaitForOthers(Observer* const observer) : observer_(observer) {}

    ~WaitForOthers() {
        if (observer_) observer_->waited_for_others(SteadyClock::now() - begin_);
    }

    WaitForOthers(const WaitForOthers&) = delete;
    WaitForOthers& operator=(const WaitForOthers&) = delete;

  private:
    Observer* const observer_;
    const SteadyClock::time_point begin_ = SteadyClock::now();
};

}  // namespace

SqliteWriteSession::SqliteWriteSession(const DatabaseFile& file, const ConnectionOptions& options,
                                       const std::uint64_t checkpoint_size, const Checkpoints checkpoints,
                                       const Report& report, Observer* const observer)
    : file_(file),
      observer_(observer),
      side_lock_(options.path),
      connection_(options),
      log_(connection_, options, checkpoint_size, checkpoints, report, observer) {}

void SqliteWriteSession::require_sound() {
    if (const auto fault = file_.fault()) throw Unavailable(ErrorCode::storage_unavailable, *fault);
}

void SqliteWriteSession::begin(const SteadyClock::time_point until) {
    require_sound();
    connection_.roll_back();
    overwrite_refused_commit();
    const WaitForOthers wait(observer_);
    wait_for_turn(until);
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - SteadyClock::now());
    sqlite3_busy_timeout(connection_.handle(), static_cast<int>(left.count()));
    connection_.query("BEGIN IMMEDIATE").step();
}

bool SqliteWriteSession::changed_by_others() {
    Query version = connection_.query("PRAGMA data_version");
    version.step();
    return std::exchange(data_version_, version.integer(0)) != version.integer(0);
}

void SqliteWriteSession::wait_for_turn(const SteadyClock::time_point until) const {
    // A process that asked for the pen has little to write; polling its side file is cheaper than a
    // hand-over.
    constexpr auto pause = std::chrono::milliseconds(1);
    while (side_lock_.held_elsewhere(SideLock::Part::writer_turn)) {
        if (SteadyClock::now() >= until) {
            throw Unavailable(ErrorCode::storage_unavailable,
                              "another process holds the pen of the database");
        }
        std::this_thread::sleep_for(pause);
    }
}

void SqliteWriteSession::commit() {
    refused_may_stand_ = true;
    connection_.commit();
    refused_may_stand_ = false;
}

void SqliteWriteSession::roll_back() {
    try {
        connection_.roll_back();
        overwrite_refused_commit();
    } catch (...) {
        connection_.abandon();
        throw;
    }
}

void SqliteWriteSession::overwrite_refused_commit() {
    if (!refused_may_stand_) return;
    // The same number again: what counts is that another commit stands in the log where the refused one does.
    const auto version = std::to_string(connection_.integer("PRAGMA user_version"));
    connection_.execute("BEGIN IMMEDIATE");
    connection_.execute("PRAGMA user_version = " + version);
    connection_.execute("COMMIT");
    refused_may_stand_ = false;
}

void SqliteWriteSession::after_group() noexcept {
    log_.look_after();
}

}  // namespace gateway::storage
