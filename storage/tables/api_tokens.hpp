// The table `api_tokens`: the keys that callers authenticate with, kept as SHA-256 only.
#pragma once

#include "storage/values/timestamp.hpp"

#include <optional>
#include <string>
#include <vector>

namespace gateway::storage {

class Snapshot;
class Transaction;

struct ApiToken {
    std::string id;                     ///< `tok_…`
    std::optional<std::string> app_id;  ///< nothing: good for every app
    std::string name;                   ///< for people; may be empty
    Timestamp created_at;
    std::optional<Timestamp> expires_at;  ///< nothing: never
    std::optional<Timestamp> revoked_at;  ///< nothing: not revoked

    /// Why not all of its row can be read, as fault_in_row() says it; empty: it can. What cannot is empty.
    std::string fault = {};

    /// Neither revoked nor expired, as far as can be told for certain.
    [[nodiscard]] bool live_at(Timestamp now) const {
        return fault.empty() && !revoked_at && (!expires_at || now < *expires_at);
    }
};

/// `sha256` is the lower-case hex digest of the token's text. Finds dead tokens too.
std::optional<ApiToken> find_token_by_sha256(Snapshot& snapshot, const std::string& sha256);

std::optional<ApiToken> find_token(Snapshot& snapshot, const std::string& id);

/// Oldest first, dead ones too.
std::vector<ApiToken> list_tokens(Snapshot& snapshot);

/// `token.created_at` and `revoked_at` are not looked at: it is created now, live. A token's app must exist.
void insert_token(Transaction& transaction, const ApiToken& token, const std::string& sha256);

/// Revoking a revoked token changes nothing. False when there is no such token.
bool revoke_token(Transaction& transaction, const std::string& id);

}  // namespace gateway::storage
