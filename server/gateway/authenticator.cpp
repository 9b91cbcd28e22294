#include "server/gateway/authenticator.hpp"

#include "server/api/api_errors.hpp"
#include "storage/values/sha256.hpp"

#include <boost/beast/core/string.hpp>

#include <algorithm>

namespace gateway {

namespace asio = boost::asio;

namespace {

// A few MB for each I/O thread; with more live keys than this some are read anew.
constexpr std::size_t most_keys = 10'000;

/// The token of `Bearer <token>`; empty for anything else.
std::string_view bearer_token(const std::string_view authorization) {
    constexpr std::string_view scheme = "Bearer ";
    if (!boost::beast::iequals(authorization.substr(0, scheme.size()), scheme)) return {};
    auto token = authorization.substr(scheme.size());
    token.remove_prefix(std::min(token.find_first_not_of(' '), token.size()));  // RFC 9110: "1*SP"
    const bool visible = token.find_first_of(" \t") == std::string_view::npos;
    return visible ? token : std::string_view{};
}

}  // namespace

asio::awaitable<Result<api::Caller>> Authenticator::authenticate(const std::string_view authorization,
                                                                 const RequestOrigin& origin,
                                                                 const storage::Deadline deadline) {
    const auto token = bearer_token(authorization);
    if (token.empty()) co_return limits_.count_network(origin).value_or(api::missing_api_token());

    const auto sha256 = sha256_hex(token);
    const auto caller = remembered(sha256);
    const bool was_good = caller || limits_.knows_token(sha256);
    const auto too_many = was_good ? limits_.count_token(origin, sha256) : limits_.count_network(origin);
    if (too_many) co_return *too_many;
    if (caller) co_return *caller;

    const auto find = [sha256](storage::Snapshot& snapshot) {
        return storage::find_token_by_sha256(snapshot, sha256);
    };
    auto found = co_await database_.read(find, deadline);
    if (found && !found->fault.empty() && report_) report_(found->fault);
    if (!found || !found->live_at(clock_())) co_return api::invalid_api_token();
    if (!was_good) {
        limits_.forgive_network(origin);
        if (const auto excess = limits_.count_token(origin, sha256)) co_return *excess;
    }
    if (by_sha256_.size() >= most_keys) by_sha256_.clear();
    const auto& token_row = by_sha256_.insert_or_assign(sha256, *std::move(found)).first->second;
    co_return api::Caller{token_row.id, token_row.app_id, true};
}

std::optional<api::Caller> Authenticator::remembered(const std::string& sha256) {
    const auto known = by_sha256_.find(sha256);
    if (known == by_sha256_.end()) return std::nullopt;
    if (known->second.live_at(clock_())) return api::Caller{known->second.id, known->second.app_id, false};
    by_sha256_.erase(known);
    return std::nullopt;
}

void Authenticator::forget(const std::string_view authorization) {
    by_sha256_.erase(sha256_hex(bearer_token(authorization)));
}

}  // namespace gateway
