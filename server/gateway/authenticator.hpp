// Finds out who calls, from the Authorization header.
#pragma once

#include "server/api/access.hpp"
#include "server/gateway/request_limits.hpp"
#include "storage/engine/database.hpp"
#include "storage/tables/api_tokens.hpp"
#include "storage/values/error.hpp"
#include "storage/values/timestamp.hpp"
#include "storage/values/unreadable.hpp"

#include <boost/asio/awaitable.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace gateway {

/// Remembers the keys it has seen by their SHA-256, so that a known key costs no hop to another thread. What
/// is remembered only lets a call begin: the call's own job looks at the key again (see api::Call). A key
/// that is not remembered is asked of the read pool, so a flood of wrong ones never reaches the writer. One
/// for each I/O thread, used on that thread alone.
class Authenticator {
  public:
    /// `report` is told of a key that is refused because its row cannot be read.
    Authenticator(storage::Database& database, RequestLimits& limits, Clock clock,
                  storage::ReportUnreadable report)
        : database_(database), limits_(limits), clock_(std::move(clock)), report_(std::move(report)) {}

    /// Counts the request, for its key or its address. `authorization` is the header's value, empty for none;
    /// the arguments must live until this is done. The error is `missing_api_token`, `invalid_api_token` or
    /// `rate_limited`. Throws Unavailable.
    boost::asio::awaitable<Result<api::Caller>> authenticate(std::string_view authorization,
                                                             const RequestOrigin& origin,
                                                             storage::Deadline deadline);

    /// Forgets a key that a job found dead.
    void forget(std::string_view authorization);

  private:
    /// Nothing where it is in memory no more, or not good by now.
    std::optional<api::Caller> remembered(const std::string& sha256);

    storage::Database& database_;
    RequestLimits& limits_;
    Clock clock_;
    storage::ReportUnreadable report_;
    std::unordered_map<std::string, storage::ApiToken> by_sha256_;
};

}  // namespace gateway
